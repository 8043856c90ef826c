import type { Executor } from './pool.ts'
import { REPLAY_PRIORITY, lockEvents } from './settle.ts'

/** One more attempt of a run, as a person saw it last. */
export interface WantedReplay {
  key: string
  /** Undefined for an event that never ran, but for its mirror: it is routed like a new one. */
  handler?: string | undefined
  /** The latest attempt that was seen; 0 for an event that never ran. */
  seenAttempt: number
  /** The number of the new one; the next, where it is left out. */
  attempt?: number
}

export type ReplayRefusal = 'not_found' | 'run_open' | 'superseded' | 'discarded' | 'other_parked'

const JUDGE = `
  select case
    when e.key is null then 'not_found'
    when e.state in ('received', 'dispatched') or exists (select 1 from posthorn.open_runs o where o.key = e.key) then 'run_open'
    -- Read for the mirror alone, whose run is still to come.
    when e.state_reason = 'refetch' and i.handler is distinct from 'mirror' then 'run_open'
    when coalesce((
      select max(r.attempt) from posthorn.runs r where r.key = i.key and (i.handler is null or r.handler = i.handler)
    ), 0) <> i.seen then 'superseded'
    -- The event stands among the parked for one run only: another one would take it out of there.
    when p.key is not null and p.handler is distinct from i.handler then 'other_parked'
    when exists (
      select 1 from posthorn.runs r
      where r.key = i.key and r.handler = i.handler and r.attempt = i.seen and r.discarded_at is not null
    ) then 'discarded'
  end as refusal
  from json_to_recordset($1) as i(ord integer, key uuid, handler text, seen integer)
  left join posthorn.events e on e.key = i.key
  left join posthorn.parked p on p.key = i.key
  order by i.ord`

/**
 * Why each of these may not be replayed now; undefined where it may. Takes the events' rows, so that nothing of it changes before
 * the transaction ends. Name every event once.
 */
export async function judgeReplays(
  tx: Executor,
  wanted: readonly WantedReplay[],
): Promise<(ReplayRefusal | undefined)[]> {
  await lockEvents(
    tx,
    wanted.map(({ key }) => key),
  )
  const { rows } = await tx.query<{ refusal: ReplayRefusal | null }>({
    name: 'replays-judge',
    text: JUDGE,
    values: [toInput(wanted)],
  })
  return rows.map(({ refusal }) => refusal ?? undefined)
}

const QUEUE = `
  with input as (
    select * from json_to_recordset($1) as i(ord integer, key uuid, handler text, attempt integer)
  ), received as (
    -- What is read for the mirror alone stays so, and history is known by it while it runs.
    update posthorn.events e
    set state = 'received', state_reason = case when state_reason in ('refetch', 'baseline') then state_reason end, state_at = now()
    from input i where e.key = i.key
    returning e.source, i.*
  ), unheld as (
    delete from posthorn.parked p using input i where p.key = i.key
  ), routable as (
    delete from posthorn.unrouted u using input i where u.key = i.key
  ), counted as (
    update posthorn.dead_letters d set replays = replays + 1 from input i where d.key = i.key and d.handler = i.handler
  )
  insert into posthorn.queue (source, priority, key, handler, attempt)
  select source, $2, key, handler, attempt from received order by ord`

/** Queues replays that were judged in this transaction and not refused. */
export async function queueReplays(tx: Executor, judged: readonly WantedReplay[]): Promise<void> {
  await tx.query({ name: 'replays-queue', text: QUEUE, values: [toInput(judged), REPLAY_PRIORITY] })
}

const toInput = (wanted: readonly WantedReplay[]): string =>
  JSON.stringify(
    wanted.map(({ key, handler, seenAttempt: seen, attempt = seen + 1 }, ord) => ({
      ord,
      key,
      handler,
      seen,
      attempt,
    })),
  )
