import type { EventState } from '../domain/event-state.ts'
import { eventKey } from './event-key.ts'
import type { Executor } from './pool.ts'

/** All that is known of one event, but for its bytes. */
export interface EventRecord {
  event: RecordedEvent
  /** Requests that brought it: the accepted one first, then redeliveries. */
  receipts: RecordedReceipt[]
  /** Runs in the order of their close, open ones last. */
  attempts: RecordedAttempt[]
  /** Runs that wait for a person. */
  deadLetters: RecordedDeadLetter[]
  /** Null unless the event is kept because it does not fit. */
  parked: RecordedParking | null
  /** What people did to it. */
  actions: RecordedAction[]
}

export interface RecordedEvent {
  key: string
  source: string
  provider: string
  eventId: string
  type: string
  entity: string | null
  apiVersion: string | null
  tenant: string | null
  account: string | null
  occurredAt: Date | null
  receivedAt: Date
  state: EventState
  reason: string | null
  stateAt: Date
}

export interface RecordedReceipt {
  at: Date
  verdict: string
  code: string | null
  deliveryId: string | null
  remoteIp: string | null
  secretSlot: string | null
}

export interface RecordedAttempt {
  handler: string
  attempt: number
  state: 'open' | 'processed' | 'ignored' | 'dead'
  reason: string | null
  code: string | null
  message: string | null
  fingerprint: string | null
  /** Null while the run is open. */
  closedAt: Date | null
  discardedAt: Date | null
  /** Since when the workflow tasks of an open run have been failing. */
  stuckSince: Date | null
  /** Tries of activities that failed within the run. */
  failures: RecordedFailure[]
}

export interface RecordedFailure {
  activity: string
  try: number
  code: string
  message: string
  at: Date
}

export interface RecordedDeadLetter {
  handler: string
  attempt: number
  replays: number
  deadLetteredAt: Date
}

export interface RecordedParking {
  /** Null where it was parked before it was routed. */
  handler: string | null
  code: string
  /** What does not fit. */
  detail: string
  parkedAt: Date
}

export interface RecordedAction {
  at: Date
  actor: string
  action: string
  reason: string | null
}

/** Reads the whole record of an event; undefined when there is no such event. */
export async function readEventRecord(
  executor: Executor,
  source: string,
  eventId: string,
): Promise<EventRecord | undefined> {
  const key = eventKey(source, eventId)
  const event = await readEvent(executor, key)
  if (event === undefined) return undefined
  const { rows: deadLetters } = await executor.query<RecordedDeadLetter>(
    `select handler, attempt, replays, dead_lettered_at as "deadLetteredAt" from posthorn.dead_letters
     where key = $1 order by handler`,
    [key],
  )
  const { rows: parked } = await executor.query<RecordedParking>(
    'select handler, code, detail, parked_at as "parkedAt" from posthorn.parked where key = $1',
    [key],
  )
  const { rows: actions } = await executor.query<RecordedAction>(
    'select at, actor, action, reason from posthorn.audit_log where target @> $1 order by id',
    [JSON.stringify({ source, eventId })],
  )
  const attempts = await readAttempts(executor, key)
  const receipts = await readReceipts(executor, key)
  return { event, receipts, attempts, deadLetters, parked: parked[0] ?? null, actions }
}

async function readEvent(executor: Executor, key: string): Promise<RecordedEvent | undefined> {
  const { rows } = await executor.query<RecordedEvent>(
    `select key, source, provider, event_id as "eventId", type, entity_kind || '/' || entity_id as entity,
       api_version as "apiVersion", tenant, account, occurred_at as "occurredAt", received_at as "receivedAt",
       state, state_reason as reason, state_at as "stateAt"
     from posthorn.events where key = $1`,
    [key],
  )
  return rows[0]
}

/** A sender may redeliver without end. */
const MAX_RECEIPTS = 100

async function readReceipts(executor: Executor, key: string): Promise<RecordedReceipt[]> {
  const { rows } = await executor.query<RecordedReceipt>(
    `select received_at as at, 'new' as verdict, null as code, delivery_id as "deliveryId", host(remote_ip) as "remoteIp",
       secret_slot as "secretSlot"
     from posthorn.events where key = $1
     union all (
       select at, verdict, code, delivery_id, host(remote_ip), secret_slot
       from posthorn.receipts where key = $1 order by at limit ${MAX_RECEIPTS}
     ) order by at`,
    [key],
  )
  return rows
}

async function readAttempts(executor: Executor, key: string): Promise<RecordedAttempt[]> {
  const { rows: attempts } = await executor.query<Omit<RecordedAttempt, 'failures'>>(
    `select handler, attempt, state, reason, error_code as code, error_message as message, fingerprint,
       closed_at as "closedAt", discarded_at as "discardedAt", null as "stuckSince"
     from posthorn.runs where key = $1
     union all
     select handler, attempt, 'open', null, null, null, null, null, null, stuck_since
     from posthorn.open_runs where key = $1
     order by "closedAt" nulls last, handler, attempt`,
    [key],
  )
  const { rows: failures } = await executor.query<RecordedFailure & { handler: string; attempt: number }>(
    `select handler, attempt, activity, try, code, message, at from posthorn.run_failures where key = $1 order by at, try`,
    [key],
  )
  return attempts.map((run) => ({
    ...run,
    failures: failures
      .filter(({ handler, attempt }) => handler === run.handler && attempt === run.attempt)
      .map(({ handler: _, attempt: __, ...failure }) => failure),
  }))
}
