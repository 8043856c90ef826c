import type { ZodType } from 'zod'
import type { EntityRef } from '../domain/event.ts'
import type { AccessToken } from './access-token.ts'
import type { ProviderApi } from './api.ts'
import type { JsonObject } from './json-body.ts'

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

/** What `verify` proves: a request of the holder of one of the secrets. */
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
  /** Counts the entity's events without gaps, where the provider does. Serial lanes go by it. */
  sequence?: bigint
  apiVersion?: string
  /** The provider's account, from signed content only. */
  account?: string
  /** The ID of this delivery, where it differs from the event's. For audit, never for identity. */
  deliveryId?: string
  /**
   * The exact bytes of this event within the body, where one request carries several. They are stored as its body: `identify`,
   * `payload` and `view` must read them alone, too. Absent: the whole body.
   */
  part?: Buffer
  /**
   * What of a request can be genuine only once, where the ID is not signed and the bytes alone are not it: whatever comes under the
   * same again is this event, or an anomaly.
   */
  signedAs?: string
  /** The entity is gone, says the event. A canonical read that finds nothing then makes a tombstone at once. */
  deletes?: boolean
}

/** The whole answer to accepted events, with status 200, where a provider insists on its words. */
export interface Acknowledgement {
  contentType: string
  body: string
}

/** The answer to a request that no event is in: nothing of it is stored but its receipt. */
export interface HandshakeAnswer {
  status: number
  contentType: string
  body: string
}

/** What the provider's API says about an entity. */
export type CanonicalRead =
  | { found: true; state: unknown; /** Grows with every change. Never a clock in seconds. */ version?: bigint }
  | { found: false }

/** Reads what is true of an entity from the provider's API, with the credential of one source. */
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
  /**
   * Where the source's token only buys the one that calls carry: buys it.
   * @throws ApiError
   */
  exchange?(token: string, baseUrl: string): Promise<AccessToken>
  /** Empty where every customer has a host of its own: then a source must name it. */
  baseUrl: string
}

/** For providers without an API to read: the verified body is the view, guarded by the sequence that it carries. */
export interface BodyView {
  canonical: 'none'
  view(body: Buffer): { state: unknown; version: bigint } | undefined
}

/** An event in the provider's own list: proven by the API's credential, not by a signature. */
export interface ListedEvent extends IdentifiedEvent {
  id: string
  /** The event's bytes as a webhook would carry them, where the list holds them. */
  body?: Buffer
  /** What `redeliver` and `load` need to find it again, where that is not the event ID. */
  handle?: string
  /** What `identify` needs beside the body, where the provider states it in headers. */
  headers?: Readonly<Record<string, string>>
}

export interface ListedPage {
  events: ListedEvent[]
  /** Where to go on; absent on the last page. */
  next?: string
}

/** The provider's list of its own events, or of what it delivered: what makes completeness provable. */
export interface EventListing {
  /** How far back the list reaches. Milliseconds. */
  horizonMs: number
  /** Without the source's `api.listing` it cannot be read. */
  needsPlace?: true
  /**
   * Whose time `page` goes by, and its entries carry: that of the event, which is the default, or that of sending its webhook. By an
   * event's own time one can tell where it would stand in a list of events, but not in a list of what was sent.
   */
  datedBy?: 'event' | 'sending'
  /**
   * Whether the list would hold such an event, if it existed. Absent: it holds all that webhooks bring. `account` is set only where it
   * is not the source's own.
   */
  covers?(event: { type: string; account?: string }): boolean
  /**
   * One page of the events within `[from, to)`, by the time that `datedBy` names, in the provider's own order. `place` is the source's `api.listing`,
   * for providers whose list stands below something that only the operator can name.
   * @throws ApiError
   */
  page(api: ProviderApi, request: { from: Date; to: Date; cursor?: string; place?: string }): Promise<ListedPage>
  /**
   * The bytes of an event whose list entry holds none.
   * @throws ApiError
   */
  load?(api: ProviderApi, event: ListedEvent, place?: string): Promise<Buffer>
  /**
   * Asks the provider to send the webhook again; it arrives signed, under its own ID.
   * @throws ApiError
   */
  redeliver?(api: ProviderApi, event: ListedEvent, place?: string): Promise<void>
}

export interface ListedEntity {
  entity: EntityRef
  /** Grows with every change, where the list states it. */
  version?: bigint
  /** When it last changed, where the list states that: no change leaves it as it was … */
  changedAt?: Date | undefined
  /** … and where it does not, when it came to be: it has not changed before. */
  createdAt?: Date | undefined
  /** As much of the canonical state as the list shows: what of it differs from the mirror has drifted. Only where there is no version. */
  state?: JsonObject
}

/** A list of entities, for providers that have no list of events: what drifted is fetched again. */
export interface EntityListing {
  kinds: readonly string[]
  /** Without the source's `api.listing` it cannot be read. */
  needsPlace?: true
  /**
   * One page of the entities of a kind.
   * @throws ApiError
   */
  page(
    api: ProviderApi,
    request: { kind: string; cursor?: string; place?: string },
  ): Promise<{ entities: ListedEntity[]; next?: string }>
}

/** What the provider documents about its own sending: shown to operators, and acted on by the stand-in. */
export interface DeliveryFacts {
  /** An answer later than this counts as a failure. Undefined where nothing is documented. */
  ackWithinSeconds?: number
  /**
   * The gaps between attempts, in seconds: the first one after the first failure. Empty: it never sends again. Undefined: it
   * does, but says not when.
   */
  retryAfterSeconds?: readonly number[]
  /** What else is known, as one sentence. */
  note?: string
}

/** What a person enters for a source: a sentence for each place where something is entered, or found. */
export interface SetUp {
  /** Where the hook is made at the provider. */
  hook: string
  /** What the source's `secret` is. */
  secret: string
  /** What its `api.token` is, and what it must be let to do. */
  token?: string
  /** What its `api.baseUrl` is, where every customer has a host of its own. */
  baseUrl?: string
  /** What its `api.listing` is. */
  listing?: string
  /** How to try it, where nobody but the provider can sign. */
  tryOut?: string
}

/** The two halves of a secret: what the sender signs with, and what a source is configured with. They are one where it is shared. */
export interface SecretPair {
  sign: string
  verify: string
}

/** What a signature may cover, or go along with, beside body and secret. */
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

/**
 * All that is known of a provider: how its requests are proven, read and signed, how its API is asked, and what to tell people of it.
 * What its functions need, as clock, secrets and API, they are given.
 */
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
  /**
   * What of a body differs between two deliveries of one event, as JSON pointers: a counter of attempts, the time of sending. Without
   * them a redelivery would look like another event under a known ID.
   */
  readonly volatile?: readonly string[]
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
  /**
   * Signs as the provider would: the headers to send with `body`. Where a source is configured with a public key, `secret` is the private
   * one, in the form that `createSecret` makes it in.
   */
  sign(body: Buffer, secret: string, options: SignOptions): Record<string, string>
  /** The URL as it would be called, where the provider states something of the body in it: done before `sign`. */
  callUrl?(url: string, content: { contentType: string; body: Buffer }): string
  /** The body as it would be sent, where the provider puts its signature there: done before `sign`. */
  embedSignature?(body: Buffer, secret: string, options: SignOptions): Buffer
  /** The answer to a verified request that is a handshake rather than an event. */
  handshake?(request: WebhookRequest): HandshakeAnswer | undefined
  /** What the provider wants to read in the answer to events that were accepted, new or known. Absent: any 2xx will do. */
  readonly acknowledgement?: Acknowledgement
  /** Schemas of the payload by event type. Unknown fields are ignored; a type without a schema passes. */
  readonly schemas: Readonly<Record<string, ZodType>>
  readonly canonical: CanonicalReader | BodyView
  /** How to learn what the provider has and we lack. Absent: its API has no list, and coverage cannot be proven. */
  readonly listing?: EventListing
  readonly entityListing?: EntityListing
  readonly delivery?: DeliveryFacts
  /** What to warn about in a configured secret, as a sentence; undefined when it looks right. */
  checkSecret?(secret: string): string | undefined
  /** A new secret for development and tests. Absent: 32 random bytes in hex will do, which both sides know. */
  createSecret?(): SecretPair
  /** How a request is proven, in a sentence: algorithm and encoding, header, what is signed, how old it may be. */
  readonly scheme?: string
  readonly setUp?: SetUp
  /** What else is odd about the provider and worth knowing, a sentence each. */
  readonly notes?: readonly string[]
}

/** Types a provider definition without widening its name. */
export function defineProvider<const P extends Provider>(provider: P): P {
  return provider
}
