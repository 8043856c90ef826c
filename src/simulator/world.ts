import type { EntityRef } from '../domain/event.ts'
import type { Provider } from '../providers/provider.ts'

/** Something that happened at a provider, with the webhook that tells of it. */
export interface Change {
  eventId: string
  type: string
  occurredAt: Date
  body: Buffer
  /** Where it is not what the world's headers say. */
  contentType?: string
  /** The kind of entity that it is about, where the API does not list all kinds. */
  kind?: string
}

export interface ApiReply {
  status: number
  body: unknown
  headers?: Readonly<Record<string, string>>
}

/** How one entity stands now. */
export interface Truth {
  entity: EntityRef
  /** What the API answers for it; undefined once it is gone. */
  state: unknown
}

/** Everything outside of us that one provider knows: the truth that a mirror is held against. */
export interface World {
  readonly provider: Provider
  /** What its sender puts on every request beside what it signs: how it calls itself, and the media type. */
  readonly headers: Readonly<Record<string, string>>
  /** Whether its signature is good for some minutes only. */
  readonly signsTime: boolean
  /** Whether it sends again what was not answered 2xx. */
  readonly redelivers: boolean
  /** One thing happens: the API tells it at once, the webhook when it is sent. */
  change(now: Date): Change
  /** Answers an authorised GET; undefined where there is nothing at that path. */
  read(url: URL): ApiReply | undefined
  /** Answers an authorised POST; undefined where nothing can be posted. `resend` is sent again because it was asked for. */
  post?(url: URL, body: unknown): (ApiReply & { resend?: Change }) | undefined
  /** Where the configured token buys the one that calls carry. */
  readonly tokenPath?: string
  /** The body that the provider's API sends along with a status that is not a success. */
  explain(status: number): unknown
  /** Told of every answer to one of its webhooks; undefined when none came. */
  delivered?(change: Change, status: number | undefined, at: Date): void
  /** Where its lists stand, for what `api.listing` configures. */
  readonly hookPath?: string
  /** Every entity that a change has touched. */
  truth(): Truth[]
}
