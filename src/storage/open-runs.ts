import { leaveLanes } from './lanes.ts'
import { type Pool, transaction } from './pool.ts'
import { type EventColumns, toReference } from './queue.ts'
import type { Claim } from './queue.ts'
import { type RunKey, insertClosed } from './runs.ts'
import { lockEvents, settleEvents } from './settle.ts'

/** A run that has been open for longer than a run should be. */
export interface DueRun extends RunKey {
  workflowId: string
  /** As its row had in the queue. */
  priority: number
  /** How long its workflow tasks have been failing, in ms; undefined while they do not. */
  stuckMs?: number
  event: Claim['event']
}

interface DueColumns extends EventColumns {
  handler: string
  attempt: number
  priority: number
  workflow_id: string
  stuck_ms: number | null
}

/** Doubling, up to ten minutes: a run that waits for days is asked after now and then. */
const MAX_CHECK_EVERY_MS = 600_000

/**
 * Takes open runs whose time to be checked has come; each is due again later, so that two sweeps share the work. `noteChecked` says
 * what came of it.
 */
export async function takeDueRuns(pool: Pool, limit: number, checkEveryMs: number): Promise<DueRun[]> {
  const { rows } = await pool.query<DueColumns>({
    name: 'open-runs-due',
    text: `
      with due as (
        select key, handler from posthorn.open_runs where check_at <= now() order by check_at limit $1 for update skip locked
      ), taken as (
        update posthorn.open_runs o
        set check_at = now() + least($2 * power(2, least(checks, 20)), ${MAX_CHECK_EVERY_MS}) * interval '1 millisecond'
        from due where o.key = due.key and o.handler = due.handler
        returning o.key, o.handler, o.attempt, o.priority, o.workflow_id, o.stuck_since
      )
      select t.handler, t.attempt, t.priority, t.workflow_id, extract(epoch from now() - t.stuck_since)::float8 * 1000 as stuck_ms, e.key, e.source, e.provider, e.event_id, e.type, e.entity_kind, e.entity_id,
        e.api_version, e.tenant, e.account, e.received_at, e.occurred_at
      from taken t join posthorn.events e on e.key = t.key`,
    values: [limit, checkEveryMs],
  })
  return rows.map((row) => ({
    key: row.key,
    handler: row.handler,
    attempt: row.attempt,
    priority: row.priority,
    workflowId: row.workflow_id,
    ...(row.stuck_ms !== null && { stuckMs: row.stuck_ms }),
    event: toReference(row),
  }))
}

/** Those that Temporal spoke of are asked after more rarely from now on; those that nobody got round to are due at once. */
export async function noteChecked(
  pool: Pool,
  runs: { answered: readonly RunKey[]; left: readonly RunKey[] },
): Promise<void> {
  const input = [
    ...runs.answered.map((run) => ({ run, answered: true })),
    ...runs.left.map((run) => ({ run, answered: false })),
  ]
  await pool.query(
    `update posthorn.open_runs o
     set checks = checks + i.answered::integer, check_at = case when i.answered then check_at else now() end
     from json_to_recordset($1) as i(key uuid, handler text, attempt integer, answered boolean)
     where (o.key, o.handler, o.attempt) = (i.key, i.handler, i.attempt)`,
    [
      JSON.stringify(
        input.map(({ run: { key, handler, attempt }, answered }) => ({ key, handler, attempt, answered })),
      ),
    ],
  )
}

/**
 * Temporal does not know the run: it is closed as lost and gets one new attempt. A second loss in a row is left dead, for a
 * person. Returns what happened; `closed` when an outcome had arrived in the meantime.
 */
export async function recoverLostRun(pool: Pool, run: RunKey): Promise<'retried' | 'dead' | 'closed'> {
  return transaction(pool, async (tx) => {
    await lockEvents(tx, [run.key])
    const { rows } = await tx.query<{ priority: number | null; lost_before: boolean }>(
      `select (select priority from posthorn.open_runs where key = $1 and handler = $2 and attempt = $3) as priority,
         exists (select from posthorn.runs
           where key = $1 and handler = $2 and attempt = $3 - 1 and error_code = 'run_lost') as lost_before`,
      [run.key, run.handler, run.attempt],
    )
    const outcome = { state: 'dead', code: 'run_lost', message: 'Temporal does not know this run any more.' } as const
    const closed = await insertClosed(tx, [{ ...run, outcome }])
    if (closed.size === 0) return 'closed'
    if (rows[0]?.lost_before) {
      await leaveLanes(tx, [{ ...run, outcome }])
      await settleEvents(tx, [run.key], 'dispatched')
      return 'dead'
    }
    // One that a person has replayed is theirs until the replay has ended.
    await tx.query('delete from posthorn.dead_letters where key = $1 and handler = $2 and replays = 0', [
      run.key,
      run.handler,
    ])
    await tx.query(
      `insert into posthorn.queue (source, priority, key, handler, attempt)
       select source, coalesce($4::smallint, 0), key, $2, $3::integer + 1 from posthorn.events where key = $1`,
      [run.key, run.handler, run.attempt, rows[0]?.priority],
    )
    await tx.query(
      `update posthorn.events set state = 'received', state_at = now() where key = $1 and state = 'dispatched'`,
      [run.key],
    )
    return 'retried'
  })
}
