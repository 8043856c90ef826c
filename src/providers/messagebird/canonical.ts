import { restReader } from '../rest-reader.ts'

/**
 * SMS of the classic API, and messages of the Bird platform, whose source sets `api.baseUrl` to
 * `https://api.bird.com/workspaces/<its workspace>`. The Conversations API has a host of its own.
 */
export const canonical = restReader({
  baseUrl: 'https://rest.messagebird.com',
  authorize: (token) => ({ authorization: `AccessKey ${token}` }),
  paths: {
    message: (id) => ({ read: `/messages/${encodeURIComponent(id)}`, probe: '/messages?limit=1' }),
    channel_message(id) {
      const [channel = '', message = ''] = id.split('/').map(encodeURIComponent)
      const messages = `/channels/${channel}/messages`
      return { read: `${messages}/${message}`, probe: `${messages}?limit=1` }
    },
  },
})
