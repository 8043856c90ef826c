import { createPrivateKey, type KeyObject, randomUUID, sign } from 'node:crypto'

const APPLICATION_KEY = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}):([^]+)$/i
const VALID_FOR_SECONDS = 300

/**
 * The Voice API wants a JWT of an application, which may be good for a day at most. The token is therefore
 * `<application id>:<private key in PEM>`, of which every call makes a JWT of its own; anything else is sent as it is.
 */
export function authorize(token: string): Record<string, string> {
  const [, application, pem] = APPLICATION_KEY.exec(token) ?? []
  if (application === undefined || pem === undefined) return { authorization: `Bearer ${token}` }
  const key = createPrivateKey(pem.replaceAll('\\n', '\n'))
  return {
    // A getter, because the headers of a source are made once and read for every call.
    get authorization() {
      return `Bearer ${applicationJwt(application, key, Math.floor(Date.now() / 1000))}`
    },
  }
}

function applicationJwt(application: string, key: KeyObject, now: number): string {
  const header = { alg: 'RS256', typ: 'JWT' }
  const claims = { application_id: application, iat: now, exp: now + VALID_FOR_SECONDS, jti: randomUUID() }
  const content = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`
}
