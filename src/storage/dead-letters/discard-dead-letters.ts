import { recordAudit } from '../audit-log.ts'
import { eventKey } from '../event-key.ts'
import { leaveLanes } from '../lanes.ts'
import { type Executor, type Pool, transaction } from '../pool.ts'
import { lockEvents, settleEvents } from '../settle.ts'
import { discardParked, settleParked } from './discard-parked.ts'

export interface DiscardRequest {
  source: string
  eventId: string
  /** Default: all that is dead or parked of the event. */
  handler?: string
  by: { actor: string; reason: string }
}

export type DiscardResult =
  /** No handler where the event was parked before it was routed. */
  { discarded: true; handlers: string[] } | { discarded: false; reason: 'not_dead' | 'run_open'; detail: string }

/**
 * Takes an event out of the dead letters and the parked for good: its dead runs count as ignored, and keep their errors. Refused while a
 * run is under way, whose outcome decides.
 */
export async function discardDeadLetters(pool: Pool, request: DiscardRequest): Promise<DiscardResult> {
  const { source, eventId, handler, by } = request
  const key = eventKey(source, eventId)
  return transaction(pool, async (tx) => {
    await lockEvents(tx, [key])
    if (await isUnderWay(tx, key)) {
      const detail = `A run of event ${eventId} is queued or open. Wait until it has ended.`
      return { discarded: false, reason: 'run_open', detail }
    }
    const letters = await takeDeadLetters(tx, key, handler)
    const parked = await discardParked(tx, key, handler)
    if (letters.length === 0 && parked === undefined) {
      const detail = `Event ${eventId} of source ${source} is neither dead nor parked${handler ? ` for ${handler}` : ''}.`
      return { discarded: false, reason: 'not_dead', detail }
    }
    const outcome = { state: 'ignored', reason: 'discarded' } as const
    await leaveLanes(
      tx,
      letters.map((letter) => ({ key, ...letter, outcome })),
    )
    await settleEvents(tx, [key], 'dead')
    if (parked !== undefined) await settleParked(tx, key)
    const detail = { letters, ...(parked !== undefined && { parked }) }
    await recordAudit(tx, { ...by, action: 'dead_letters.discard', target: { source, eventId }, detail })
    const handlers = [...letters, ...(parked === undefined ? [] : [parked])].flatMap((run) => run.handler ?? [])
    return { discarded: true, handlers }
  })
}

async function isUnderWay(tx: Executor, key: string): Promise<boolean> {
  const { rows } = await tx.query<{ underWay: boolean }>(
    `select state in ('received', 'dispatched') or exists (select from posthorn.open_runs o where o.key = e.key) as "underWay"
     from posthorn.events e where key = $1`,
    [key],
  )
  return rows[0]?.underWay === true
}

async function takeDeadLetters(
  tx: Executor,
  key: string,
  handler: string | undefined,
): Promise<{ handler: string; attempt: number }[]> {
  const { rows } = await tx.query<{ handler: string; attempt: number }>(
    `with taken as (
       delete from posthorn.dead_letters where key = $1 and ($2::text is null or handler = $2) returning key, handler, attempt
     ), marked as (
       update posthorn.runs r set discarded_at = now() from taken t
       where r.key = t.key and r.handler = t.handler and r.attempt = t.attempt
     )
     select handler, attempt from taken order by handler`,
    [key, handler],
  )
  return rows
}
