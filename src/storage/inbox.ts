import type { EntityRef } from '../domain/event.ts'
import { createGroupCommit } from './group-commit.ts'
import { flushEvents } from './inbox-flush.ts'
import type { Pool } from './pool.ts'
import { toStorable } from './storable-event.ts'

/** A verified event on its way into the inbox. */
export interface IncomingEvent {
  source: string
  provider: string
  eventId: string
  /** False where the signature does not cover the event ID: then the signed bytes are an identity, too. */
  idSigned: boolean
  type: string
  entity?: EntityRef
  occurredAt?: Date
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
  remoteIp?: string
  secretSlot: string
}

/** `anomaly`: the ID is known with another body; it was stored apart and will not run. */
export type Acceptance = 'new' | 'duplicate' | 'anomaly'

export interface Accepted {
  acceptance: Acceptance
  /** The event key. */
  key: string
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
  /** Events handed over and not yet committed. */
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
  const commits = createGroupCommit<StorableEvent, Accepted>({
    maxBytes: MAX_FLUSH_BYTES,
    sizeOf: (event) => event.body.length,
    flush: async (events) => {
      const startedAt = performance.now()
      const results = await flushEvents(pool, events)
      onFlush?.({ events: events.length, durationMs: performance.now() - startedAt })
      const fresh = results.filter((result) => !(result instanceof Error) && result.acceptance === 'new').length
      if (fresh > 0) onCommitted?.(fresh)
      return results
    },
  })
  return {
    accept: (event) => commits.add(toStorable(event)),
    get pending() {
      return commits.pending
    },
    drain: () => commits.drain(),
  }
}
