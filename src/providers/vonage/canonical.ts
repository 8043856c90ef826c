import { restReader } from '../rest-reader.ts'
import { authorize } from './authorize.ts'

/** Calls only: messages can be asked for in reports alone, which want another credential. */
export const canonical = restReader({
  baseUrl: 'https://api.nexmo.com',
  authorize,
  paths: {
    call: (id) => ({ read: `/v1/calls/${encodeURIComponent(id)}`, probe: '/v1/calls?page_size=1' }),
  },
})
