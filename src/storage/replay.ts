import { eventKey } from './event-key.ts'
import { type Executor, type Pool, transaction } from './pool.ts'
import { lockEvents } from './settle.ts'

export type ReplayResult =
  /** `attempt` is the number that the new run carries. */
  | { replayed: true; handler?: string; attempt: number }
  | { replayed: false; reason: 'not_found' | 'run_open' | 'ambiguous_handler' | 'superseded'; detail: string }

export interface ReplayRequest {
  source: string
  eventId: string
  /** Needed where the event has runs of several handlers. */
  handler?: string
  /** The attempt the person saw; refused when a newer one exists. Default: whatever is the latest. */
  seenAttempt?: number
}

/** Queues one more attempt of an event's run. Refused while a run is open, so that two attempts never overlap. */
export async function replayEvent(pool: Pool, request: ReplayRequest): Promise<ReplayResult> {
  const key = eventKey(request.source, request.eventId)
  return transaction(pool, async (tx) => {
    await lockEvents(tx, [key])
    const { rows } = await tx.query<{ state: string; open: boolean }>(
      `select state, exists (select 1 from posthorn.open_runs o where o.key = e.key) as open from posthorn.events e where key = $1`,
      [key],
    )
    const [event] = rows
    if (event === undefined)
      return refuse('not_found', `There is no event ${request.eventId} of source ${request.source}.`)
    if (event.open || event.state === 'received' || event.state === 'dispatched') {
      return refuse('run_open', 'A run of this event is queued or open. Wait until it has ended.')
    }
    const latest = await latestAttempts(tx, key)
    if (latest.size === 0) return requeueUnrun(tx, key)
    const handler = request.handler ?? onlyHandler(latest)
    const attempt = handler === undefined ? undefined : latest.get(handler)
    if (handler === undefined || attempt === undefined) {
      return refuse('ambiguous_handler', `Name the handler to replay: ${[...latest.keys()].join(', ')}.`)
    }
    if (request.seenAttempt !== undefined && request.seenAttempt !== attempt) {
      return refuse('superseded', `Attempt ${attempt} has ended since.`)
    }
    return requeue(tx, { key, handler, attempt: attempt + 1 })
  })
}

const refuse = (reason: Extract<ReplayResult, { replayed: false }>['reason'], detail: string): ReplayResult => ({
  replayed: false,
  reason,
  detail,
})

async function latestAttempts(tx: Executor, key: string): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ handler: string; attempt: number }>(
    'select handler, max(attempt) as attempt from posthorn.runs where key = $1 group by handler',
    [key],
  )
  return new Map(rows.map((row) => [row.handler, row.attempt]))
}

/** The mirror runs beside a handler; a person who replays an event means the handler. */
function onlyHandler(latest: Map<string, number>): string | undefined {
  const handlers = [...latest.keys()].filter((handler) => handler !== 'mirror')
  if (handlers.length === 0) return 'mirror'
  return handlers.length === 1 ? handlers[0] : undefined
}

async function requeue(tx: Executor, run: { key: string; handler: string; attempt: number }): Promise<ReplayResult> {
  await tx.query(
    `insert into posthorn.queue (source, key, handler, attempt)
     select source, key, $2, $3 from posthorn.events where key = $1`,
    [run.key, run.handler, run.attempt],
  )
  await tx.query('update posthorn.dead_letters set replays = replays + 1 where key = $1 and handler = $2', [
    run.key,
    run.handler,
  ])
  await markReceived(tx, run.key)
  return { replayed: true, handler: run.handler, attempt: run.attempt }
}

/** Unrouted, parked and baseline events never ran: they are routed like new ones. */
async function requeueUnrun(tx: Executor, key: string): Promise<ReplayResult> {
  await tx.query('delete from posthorn.unrouted where key = $1', [key])
  await tx.query('delete from posthorn.parked where key = $1', [key])
  await tx.query('insert into posthorn.queue (source, key) select source, key from posthorn.events where key = $1', [
    key,
  ])
  await markReceived(tx, key)
  return { replayed: true, attempt: 1 }
}

const markReceived = (tx: Executor, key: string) =>
  tx.query(`update posthorn.events set state = 'received', state_reason = null, state_at = now() where key = $1`, [key])
