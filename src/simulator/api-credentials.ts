import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { ApiReply, World } from './world.ts'

/** Who calls an API. */
export interface Caller {
  world: World
  /** What a source of this provider is configured with. */
  token: string
  headers: IncomingHttpHeaders
  /** It calls where a token is bought. */
  buysToken: boolean
}

const HOURS_9 = 9 * 3600

/** Whether a call carries the credential as the provider's own reader sends it. */
export function isAuthorised({ world, token, headers }: Caller): boolean {
  const { canonical } = world.provider
  if (!('authorize' in canonical)) return headers.authorization === `Bearer ${token}`
  const carried = canonical.authorize(canonical.exchange === undefined ? token : soldFor(token))
  // The others name versions and media types.
  return Object.entries(carried).every(([name, value]) => !CREDENTIAL.test(name) || headers[name] === value)
}

const CREDENTIAL = /authorization|token|key/

/** The token that the configured one buys; undefined for every other call, and for whoever has not the configured one. */
export function sellToken({ token, headers, buysToken }: Caller): ApiReply | undefined {
  if (!buysToken || headers.authorization !== `Basic ${Buffer.from(token).toString('base64')}`) return undefined
  return { status: 200, body: { access_token: soldFor(token), token_type: 'Bearer', expires_in: HOURS_9 } }
}

const soldFor = (token: string): string => `A21${hash('sha256', token, 'base64url')}`
