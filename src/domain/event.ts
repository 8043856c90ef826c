/** What an event is about, in the provider's words: `{ kind: 'invoice', id: 'in_123' }`. */
export interface EntityRef {
  kind: string
  id: string
}

/**
 * What a workflow receives: a reference, never the payload. It is part of every recorded history, so fields are only ever added.
 * `schemaVersion` is the shape of this object; `kit` is the command sequence the kit runs for it (see docs/decisions/0007).
 */
export interface EventRef {
  schemaVersion: 1
  kit: 1
  /** The event key: the first 128 bits of SHA-256 over source and event ID, as a UUID. */
  key: string
  source: string
  provider: string
  eventId: string
  type: string
  /** The owner of this run: a workflow type, an activity name, or `mirror`. */
  handler: string
  /** 1 for the first run; a replay adds one. */
  attempt: number
  /** As in the queue: 0, or absent, is live work, 1 a replay, 2 a backfill. */
  priority?: number
  /** ISO 8601, the database's clock. */
  receivedAt: string
  /** ISO 8601, the provider's clock, where the provider states it. */
  occurredAt?: string
  entity?: EntityRef
  apiVersion?: string
  tenant?: string
  account?: string
}

/** How a run ended well. The run's result in Temporal is this very object, so that the sweep can copy it. */
export type Outcome = { state: 'processed' } | { state: 'ignored'; reason: string }

/** How a run ended badly: a stable code, the sentence, and how often the last activity was tried. */
export interface DeadOutcome {
  state: 'dead'
  code: string
  message: string
}

export type ClosingOutcome = Outcome | DeadOutcome

/** The event has been dealt with, and the run ends well. */
export const processed = (): Outcome => ({ state: 'processed' })

/** The event needed nothing done; `reason` is shown to operators and grouped by, so keep it a constant phrase. */
export const ignored = (reason: string): Outcome => ({ state: 'ignored', reason })

export function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== 'object' || value === null) return false
  const outcome = value as { state?: unknown; reason?: unknown }
  return outcome.state === 'processed' || (outcome.state === 'ignored' && typeof outcome.reason === 'string')
}

export function isEventRef(value: unknown): value is EventRef {
  if (typeof value !== 'object' || value === null) return false
  const ref = value as Partial<EventRef>
  return ref.schemaVersion === 1 && typeof ref.key === 'string' && typeof ref.handler === 'string'
}
