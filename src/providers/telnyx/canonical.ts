import { restReader } from '../rest-reader.ts'

/**
 * Messages only. A call can be asked for until ten minutes after its end, so that a later 404 would take every call for deleted; and no
 * collection of messages can be listed, so the list of messaging profiles is the probe.
 */
export const canonical = restReader({
  baseUrl: 'https://api.telnyx.com',
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  paths: {
    message: (id) => ({ read: `/v2/messages/${encodeURIComponent(id)}`, probe: '/v2/messaging_profiles?page[size]=1' }),
  },
})
