import type { EntityRef } from '../domain/event.ts'
import { createGroupCommit } from './group-commit.ts'
import { flushRequests } from './inbox-flush.ts'
import type { Pool } from './pool.ts'
import { toStorable } from './storable-event.ts'

/** A verified event on its way into the inbox. */
export interface IncomingEvent {
  source: string
  provider: string
  eventId: string
  /** False where the signature does not cover the event ID: then the signed bytes are an identity, too. */
  idSigned: boolean
  /** That identity, where it is another than the bytes. */
  signedAs?: string
  /** JSON pointers to what differs between two deliveries of one event. */
  volatile?: readonly string[]
  type: string
  entity?: EntityRef
  occurredAt?: Date
  /** The provider's own sequence of the entity's events. */
  sequence?: bigint
  apiVersion?: string
  tenant?: string
  account?: string
  deliveryId?: string
  /** Why the event must not run: older than the source (`baseline`), or an envelope that does not fit. */
  hold?: { state: 'ignored' | 'parked'; reason: string; detail?: string }
  /** Whether the source mirrors: a held event of the baseline is then still mirrored. */
  mirror: boolean
  headers: Readonly<Record<string, string>>
  body: Buffer
  /** UUID of the receipt. */
  receiptId: string
  /** Of a request that waited elsewhere before it came here. Absent: now. */
  receivedAt?: Date
  remoteIp?: string
  secretSlot: string
  /** In the queue: 0 is live work, and the default; 2 is a backfill. */
  priority?: number
}

/** `anomaly`: the ID is known with another body; it was stored apart and will not run. */
export type Acceptance = 'new' | 'duplicate' | 'anomaly'

export interface Accepted {
  acceptance: Acceptance
  /** The event key. */
  key: string
  /** It is durable, but not in the inbox yet. */
  absorbed?: boolean
}

/** An incoming event with its identities computed. */
export interface StorableEvent extends IncomingEvent {
  key: string
  signedKey?: string
  bodyHash: Buffer
}

export interface Inbox {
  /**
   * Settles after COMMIT and not before: then the event survives any crash.
   * @throws NotDurableError when it could not be committed; the sender must send again.
   */
  accept(event: IncomingEvent): Promise<Accepted>
  /**
   * The same for all events of one request: one commit holds all of them, or none. The answers stand in the order of the events.
   * @throws NotDurableError
   */
  acceptAll(events: readonly IncomingEvent[]): Promise<Accepted[]>
  /** Requests handed over and not yet committed. */
  readonly pending: number
  drain(): Promise<void>
}

export interface InboxOptions {
  pool: Pool
  /** Called after a commit that made new work, outside the path of the answer. */
  onCommitted?: (count: number) => void
  /** Called once per flush with its size and its duration in ms. */
  onFlush?: (flush: { events: number; durationMs: number }) => void
}

const MAX_FLUSH_BYTES = 8 * 1024 * 1024

export function createInbox({ pool, onCommitted, onFlush }: InboxOptions): Inbox {
  // The events of one request are one item: they share the commit, whatever else it holds.
  const commits = createGroupCommit<StorableEvent[], Accepted[]>({
    maxBytes: MAX_FLUSH_BYTES,
    sizeOf: bytesOf,
    flush: async (requests) => {
      const startedAt = performance.now()
      const results = await flushRequests(pool, requests)
      onFlush?.({ events: countOf(requests), durationMs: performance.now() - startedAt })
      const fresh = results.reduce((count, result) => count + freshIn(result), 0)
      if (fresh > 0) onCommitted?.(fresh)
      return results
    },
  })
  return {
    async accept(event) {
      const [accepted] = await commits.add([toStorable(event)])
      return accepted as Accepted
    },
    acceptAll: (events) => commits.add(events.map((event) => toStorable(event))),
    get pending() {
      return commits.pending
    },
    drain: () => commits.drain(),
  }
}

const bytesOf = (events: StorableEvent[]): number => events.reduce((bytes, { body }) => bytes + body.length, 0)

const countOf = (requests: StorableEvent[][]): number => requests.reduce((count, { length }) => count + length, 0)

const freshIn = (result: Accepted[] | Error): number =>
  result instanceof Error ? 0 : result.filter(({ acceptance }) => acceptance === 'new').length
