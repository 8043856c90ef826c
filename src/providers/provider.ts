import type { ZodType } from 'zod'
import type { EntityRef } from '../domain/event.ts'
import type { ProviderApi } from './api.ts'

/** A received request as providers see it. */
export interface WebhookRequest {
  method: string
  /** The public URL as configured at the provider, not what a proxy made of it: some providers sign it. */
  url: string
  /** Lower-case names; repeated headers are joined by `, `. */
  headers: Readonly<Record<string, string>>
  /** The bytes exactly as received. */
  body: Buffer
}

export interface Verified {
  /** Which of the given secrets verified: 0 is the current one. Anything else is logged and counted as rotation. */
  secretIndex: number
}

/** The envelope of one event: what can be said without knowing its type. */
export interface IdentifiedEvent {
  /** The provider's event ID. Absent: the key is derived from source and body, with a warning. */
  id?: string
  type: string
  /** What the event is about; the canonical read and the mirror go by it. */
  entity?: EntityRef
  occurredAt?: Date
  apiVersion?: string
  /** The provider's account, from signed content only. */
  account?: string
  /** The ID of this delivery, where it differs from the event's. For audit, never for identity. */
  deliveryId?: string
  /** The entity is gone, says the event. A canonical read that finds nothing then makes a tombstone at once. */
  deletes?: boolean
}

export interface HandshakeAnswer {
  status: number
  contentType: string
  body: string
}

/** What the provider's API says about an entity. */
export type CanonicalRead =
  | { found: true; state: unknown; /** Grows with every change. Never a clock in seconds. */ version?: bigint }
  | { found: false }

export interface CanonicalReader {
  /** The kinds of entity that the API can be asked for; an event about anything else has no canonical state. */
  readonly kinds: readonly string[]
  /**
   * `account` is the event's, where it has one: an API that serves many accounts with one credential must be told.
   * @throws ApiError for every answer other than success and "there is no such entity".
   */
  fetch(api: ProviderApi, entity: EntityRef, account?: string): Promise<CanonicalRead>
  /**
   * A cheap authenticated read that must succeed while the credential works: tells "gone" from "no longer allowed to
   * see".
   * @throws ApiError
   */
  probe(api: ProviderApi, entity: EntityRef, account?: string): Promise<void>
  /** Headers that carry the credential, for example `{ authorization: 'Bearer …' }`. */
  authorize(token: string): Record<string, string>
  baseUrl: string
}

/** For providers without an API to read: the verified body is the view, guarded by the sequence that it carries. */
export interface BodyView {
  canonical: 'none'
  view(body: Buffer): { state: unknown; version: bigint } | undefined
}

export interface SignOptions {
  /** Unix seconds. */
  now: number
  /** The public URL of the hook. */
  url: string
  /** The event ID. */
  id: string
  /** The event type, for providers that state it in a header. */
  type?: string
}

export interface Provider {
  readonly name: string
  /** Media types that the provider posts; anything else is 415. */
  readonly contentTypes: readonly string[]
  /** Request methods that carry events. */
  readonly methods: readonly string[]
  /**
   * Whether the signature covers the event ID. Where it does not, the same signed bytes under another ID are a
   * duplicate.
   */
  readonly idSigned: boolean
  /** Whether the provider's event list names events by the ID that webhooks carry. */
  readonly listKey: 'exact' | 'entity' | 'none'
  /**
   * Proves that the request comes from the holder of one of `secrets` (current first). Pure: the clock is `now`, in
   * Unix seconds.
   * @throws VerificationError and nothing else.
   */
  verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified | Promise<Verified>
  /**
   * Reads the envelope of a verified request: one entry for each event in it.
   * @throws VerificationError and nothing else.
   */
  identify(request: WebhookRequest): IdentifiedEvent[]
  /**
   * The event in a verified body, where that is not the body's own JSON: what schemas and handlers see.
   * @throws VerificationError and nothing else.
   */
  payload?(body: Buffer): unknown
  /** Signs as the provider would: the headers to send with `body`. */
  sign(body: Buffer, secret: string, options: SignOptions): Record<string, string>
  /** The answer to a verified request that is a handshake rather than an event. */
  handshake?(request: WebhookRequest): HandshakeAnswer | undefined
  /** Schemas of the payload by event type. Unknown fields are ignored; a type without a schema passes. */
  readonly schemas: Readonly<Record<string, ZodType>>
  readonly canonical: CanonicalReader | BodyView
  /** What to warn about in a configured secret, as a sentence; undefined when it looks right. */
  checkSecret?(secret: string): string | undefined
}

/** Types a provider definition without widening its name. */
export function defineProvider<const P extends Provider>(provider: P): P {
  return provider
}
