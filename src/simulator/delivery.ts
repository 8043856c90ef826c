import type { ErrorCode } from '../domain/errors.ts'
import { newSecret } from '../providers/new-secret.ts'
import { type SignedRequest, hookUrl, signWebhook } from './sign-webhook.ts'
import { alterBody } from './tamper.ts'
import type { Change, World } from './world.ts'

/** Where one source of ours is registered at a provider. */
export interface Hook {
  source: string
  world: World
  /** The public URL that the provider calls. */
  url: string
  /** Where requests go in its place. */
  address?: string
  /** The provider appends the event's type to the URL. */
  typeSuffix?: boolean
  /** What the provider signs with. */
  secret: string
  /** Nobody here can sign for the provider: none of its webhooks is ever sent. */
  isMute?: boolean
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

/** Beyond every provider's tolerance. */
const STALE_SECONDS = 15 * 60
/** One byte more than the receiver's default cap. */
const OVERSIZE_BYTES = 1024 * 1024 + 1

export interface OutgoingRequest extends SignedRequest {
  /** As the provider knows it, and may sign it. */
  url: string
  /** Where it goes. */
  target: string
}

/** The request as it leaves at `now`: a repeated one is signed afresh, as providers do. */
export function toRequest({ hook, change, manner }: Delivery, now: Date): OutgoingRequest {
  const { provider, headers }: World = hook.world
  const signedAt = Math.floor(now.getTime() / 1000) - (manner === 'stale' ? STALE_SECONDS : 0)
  const content = {
    body: change.body,
    contentType: change.contentType ?? headers['content-type'] ?? 'application/json',
  }
  const suffix = hook.typeSuffix === true ? `/${encodeURIComponent(change.type)}` : ''
  const url = hookUrl(provider, hook.url + suffix, content)
  const secret = manner === 'forged' ? newSecret(provider).sign : hook.secret
  const facts = { now: signedAt, url, id: change.eventId, type: change.type }
  const signed = signWebhook({ provider, secret, facts, ...content })
  return {
    url,
    target: hook.address === undefined ? url : url.replace(hook.url, hook.address),
    headers: { ...headers, ...signed.headers },
    body: spoiled(signed.body, manner),
  }
}

/** What is too large must be refused for that, whoever signed it. */
function spoiled(body: Buffer, manner: Manner): Buffer {
  if (manner === 'tampered') return alterBody(body)
  return manner === 'oversize' ? padded(body) : body
}

/** White space after the closing brace leaves the JSON what it was. */
const padded = (body: Buffer): Buffer => Buffer.concat([body, Buffer.alloc(OVERSIZE_BYTES - body.length, ' ')])
