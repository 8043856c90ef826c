import { restReader, type EntityPaths } from '../rest-reader.ts'

/** Below an account: `AC…/SM…` is the message `SM…` of the account `AC…`. */
const within = (collection: string) => {
  return (id: string): EntityPaths => {
    const [account = '', sid = ''] = id.split('/').map(encodeURIComponent)
    const path = `/2010-04-01/Accounts/${account}/${collection}`
    return { read: `${path}/${sid}.json`, probe: `${path}.json?PageSize=1` }
  }
}

/** The token is `<SID of an account or key>:<its secret>`, or an OAuth access token. */
export const authorize = (token: string): Record<string, string> => ({
  authorization: token.includes(':') ? `Basic ${Buffer.from(token).toString('base64')}` : `Bearer ${token}`,
})

export const canonical = restReader({
  baseUrl: 'https://api.twilio.com',
  authorize,
  paths: {
    call: within('Calls'),
    conference: within('Conferences'),
    message: within('Messages'),
    recording: within('Recordings'),
  },
})
