import { restReader } from '../rest-reader.ts'

/** What became of a message, by the whole `sg_message_id`: an e-mail to several people is several messages. Needs the e-mail activity add-on. */
export const canonical = restReader({
  baseUrl: 'https://api.sendgrid.com',
  authorize: (token) => ({ authorization: `Bearer ${token}` }),
  paths: { message: (id) => ({ read: `/v3/messages/${encodeURIComponent(id)}`, probe: '/v3/messages?limit=1' }) },
})
