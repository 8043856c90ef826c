import { hash } from 'node:crypto'
import type { ErrorCode } from '../domain/errors.ts'
import type { Change, World } from './world.ts'

/** Where one source of ours is registered at a provider. */
export interface Hook {
  source: string
  world: World
  /** The public URL that the provider calls. */
  url: string
  secret: string
}

/** How a delivery is meant: the provider's own first and repeated ones, and four that nobody should fall for. */
export type Manner = 'genuine' | 'repeated' | 'forged' | 'tampered' | 'stale' | 'oversize'

/** What must be answered: 2xx, or exactly this refusal. */
export const EXPECTED: Record<Manner, 'acknowledged' | ErrorCode> = {
  genuine: 'acknowledged',
  repeated: 'acknowledged',
  forged: 'invalid_signature',
  tampered: 'invalid_signature',
  stale: 'stale_timestamp',
  oversize: 'payload_too_large',
}

/** Whether the provider itself sends so. */
export const isProviders = (manner: Manner): boolean => EXPECTED[manner] === 'acknowledged'

export interface Delivery {
  hook: Hook
  change: Change
  manner: Manner
}

export interface SignedRequest {
  headers: Record<string, string>
  body: Buffer
}

/** Beyond every provider's tolerance. */
const STALE_SECONDS = 15 * 60
/** One byte more than the receiver's default cap. */
const OVERSIZE_BYTES = 1024 * 1024 + 1

/** The request as it leaves at `now`: a repeated one is signed afresh, as providers do. */
export function toRequest({ hook, change, manner }: Delivery, now: Date): SignedRequest {
  const { provider }: World = hook.world
  const secret = manner === 'forged' ? otherSecret(hook.secret) : hook.secret
  const signedAt = Math.floor(now.getTime() / 1000) - (manner === 'stale' ? STALE_SECONDS : 0)
  const facts = { now: signedAt, url: hook.url, id: change.eventId, type: change.type }
  const content = manner === 'oversize' ? padded(change.body) : change.body
  const body = provider.embedSignature?.(content, secret, facts) ?? content
  const signed = provider.sign(body, secret, facts)
  return {
    headers: { ...hook.world.headers, ...signed },
    body: manner === 'tampered' ? altered(body) : body,
  }
}

/** Of the same form, so that only the signature can tell: a Standard Webhooks secret keeps its prefix and stays base64. */
function otherSecret(secret: string): string {
  const prefix = secret.startsWith('whsec_') ? 'whsec_' : ''
  return prefix + hash('sha256', `not ${secret}`, 'base64')
}

/** Still valid JSON, with one digit changed. */
function altered(body: Buffer): Buffer {
  const copy = Buffer.from(body)
  const index = copy.findLastIndex((byte) => byte >= 0x30 && byte <= 0x39)
  copy[index] = 0x30 + (((copy[index] ?? 0x30) - 0x30 + 1) % 10)
  return copy
}

/** White space after the closing brace leaves the JSON what it was. */
const padded = (body: Buffer): Buffer => Buffer.concat([body, Buffer.alloc(OVERSIZE_BYTES - body.length, ' ')])
