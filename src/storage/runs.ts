import type { ClosingOutcome } from '../domain/event.ts'
import { fingerprintOf } from './fingerprint.ts'
import { type Executor, type Pool, transaction } from './pool.ts'
import { leaveLanes } from './lanes.ts'
import { toStorableText } from './storable-text.ts'
import { lockEvents, settleEvents } from './settle.ts'

/** The unit of claim, attempt, outcome and dead letter. */
export interface RunKey {
  key: string
  handler: string
  attempt: number
}

export interface ClosedRun extends RunKey {
  outcome: ClosingOutcome
  /** As its row had in the queue; 0, or absent, is live work. */
  priority?: number
}

const CLOSE = `
  with input as (
    select * from json_to_recordset($1) as i(
      key uuid, handler text, attempt integer, state text, reason text, error_code text, error_message text, fingerprint text)
  ), closed as (
    insert into posthorn.runs (key, handler, attempt, state, reason, error_code, error_message, fingerprint)
    select key, handler, attempt, state, reason, error_code, error_message, fingerprint from input
    where exists (select 1 from posthorn.events e where e.key = input.key)
    on conflict do nothing
    returning *
  ), gone as (
    delete from posthorn.open_runs o using input i
    where o.key = i.key and o.handler = i.handler and o.attempt = i.attempt
  ), given_up as (
    delete from posthorn.waits w using input i
    where w.key = i.key and w.handler = i.handler and w.attempt = i.attempt
  ), withdrawn as (
    update posthorn.approvals a set state = 'withdrawn' from input i
    where a.key = i.key and a.handler = i.handler and a.attempt = i.attempt and a.state = 'open'
  ), buried as (
    insert into posthorn.dead_letters (key, handler, attempt, code, message, fingerprint, source, type, received_at)
    select c.key, c.handler, c.attempt, c.error_code, c.error_message, c.fingerprint, e.source, e.type, e.received_at
    from closed c join posthorn.events e on e.key = c.key
    where c.state = 'dead' and not exists (
      select 1 from posthorn.runs r where r.key = c.key and r.handler = c.handler and r.attempt > c.attempt)
    on conflict (key, handler) do update
    set attempt = excluded.attempt, code = excluded.code, message = excluded.message, fingerprint = excluded.fingerprint,
      dead_lettered_at = now()
  ), healed as (
    delete from posthorn.dead_letters d using closed c
    where c.state <> 'dead' and d.key = c.key and d.handler = c.handler and d.attempt < c.attempt
  )
  select key, handler, attempt, exists (select 1 from posthorn.lane_entries l where l.key = closed.key) as in_lane from closed`

/**
 * Closes runs and settles their events. Each is a compare-and-set on `(key, handler, attempt)`: true where this call closed the
 * run, false where it had been closed before, or its event is unknown: a database that was restored learns of both from the sweep.
 */
export async function closeRuns(pool: Pool, runs: ClosedRun[]): Promise<boolean[]> {
  return transaction(pool, async (tx) => {
    await lockEvents(
      tx,
      runs.map((run) => run.key),
    )
    const closed = await insertClosed(tx, runs)
    const inLane = runs.filter((run) => closed.get(identity(run)))
    if (inLane.length > 0) await leaveLanes(tx, inLane)
    await settleEvents(tx, [...new Set(runs.map((run) => run.key))], 'dispatched')
    return runs.map((run) => closed.delete(identity(run)))
  })
}

/** Closes what is not closed yet. What it closed, and whether the event stands in a lane. */
export async function insertClosed(tx: Executor, runs: ClosedRun[]): Promise<Map<string, boolean>> {
  const { rows } = await tx.query<RunKey & { in_lane: boolean }>({
    name: 'runs-close',
    text: CLOSE,
    values: [JSON.stringify(runs.map(toRow))],
  })
  return new Map(rows.map((row) => [identity(row), row.in_lane]))
}

const identity = ({ key, handler, attempt }: RunKey): string => `${key}/${handler}/${attempt}`

function toRow({ key, handler, attempt, outcome }: ClosedRun): Record<string, unknown> {
  return {
    key,
    handler,
    attempt,
    state: outcome.state,
    reason: outcome.state === 'ignored' ? toStorableText(outcome.reason, 500) : undefined,
    error_code: outcome.state === 'dead' ? toStorableText(outcome.code, 200) : undefined,
    error_message: outcome.state === 'dead' ? toStorableText(outcome.message, 4000) : undefined,
    fingerprint: outcome.state === 'dead' ? fingerprintOf({ handler, ...outcome }) : undefined,
  }
}

/** Attempts of one event that are closed, as `handler/attempt`. A claim that was made before asks this before it starts again. */
export async function closedAttempts(executor: Executor, key: string): Promise<Set<string>> {
  const { rows } = await executor.query<{ handler: string; attempt: number }>(
    'select handler, attempt from posthorn.runs where key = $1',
    [key],
  )
  return new Set(rows.map((row) => `${row.handler}/${row.attempt}`))
}
