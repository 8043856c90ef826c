import type { Executor } from './pool.ts'

/**
 * Takes the rows of the events, in one order for everybody. All transitions of an event's runs begin so, and therefore see
 * each other's work: two handlers that close at the same moment cannot each believe that the other is still open.
 */
export async function lockEvents(tx: Executor, keys: string[]): Promise<void> {
  await tx.query({
    name: 'events-lock',
    text: 'select from posthorn.events where key = any($1::uuid[]) order by key for no key update',
    values: [keys],
  })
}

/** Of replays: live work goes first, backfills last. */
export const REPLAY_PRIORITY = 1

/** Of history only the mirror has run: where that did not die, the event is still to be run, and says so. */
const STAYS_HISTORY = `e.state_reason = 'baseline' and is_mirrored_only and s.state <> 'dead'`

/**
 * History is queued for its mirror alone, and may be replayed before that row is taken: then the mirror's run must not settle it while
 * the replay is queued. No index of the queue leads to an event; by priority few rows are looked at, as few replays are queued at once,
 * and for other events none.
 */
const HAS_NO_QUEUED_REPLAY = `(e.state_reason is distinct from 'baseline' or not exists (
        select 1 from posthorn.queue q where q.source = e.source and q.priority = ${REPLAY_PRIORITY} and q.key = e.key))`

const SETTLE = `
  with latest as (
    select distinct on (key, handler) key, handler, attempt, reason, error_code,
      case when discarded_at is null then state else 'discarded' end as state
    from posthorn.runs where key = any($1::uuid[]) order by key, handler, attempt desc
  ), awaited as (
    select key from latest l where error_code = 'run_lost' and not exists (
      select 1 from posthorn.runs before where before.key = l.key and before.handler = l.handler
        and before.attempt = l.attempt - 1 and before.error_code = 'run_lost')
  ), summary as (
    select key,
      case when bool_or(state = 'dead') then 'dead' when bool_or(state = 'discarded') then 'ignored'
        when bool_or(state = 'processed') then 'processed' else 'ignored' end as state,
      min(error_code) filter (where state = 'dead') as error_code,
      case when bool_or(state = 'discarded') then 'discarded' else min(reason) filter (where state = 'ignored') end as reason,
      bool_and(handler = 'mirror') as is_mirrored_only
    from latest group by key
  ), settled as (
    update posthorn.events e
    set state = case when ${STAYS_HISTORY} then 'ignored' else s.state end, state_at = now(),
      state_reason = case when e.state_reason = 'refetch' or ${STAYS_HISTORY} then e.state_reason when s.state = 'dead' then s.error_code when s.state = 'ignored' then s.reason end
    from summary s
    where e.key = s.key and e.state = $2
      and not exists (select 1 from posthorn.open_runs o where o.key = e.key)
      and not exists (select 1 from posthorn.lane_entries l where l.key = e.key and l.state <> 'blocked')
      and not exists (select 1 from posthorn.held_runs h where h.key = e.key)
      and not exists (select 1 from awaited a where a.key = e.key)
      and ${HAS_NO_QUEUED_REPLAY}
    returning e.key, e.state
  ), history as (
    -- As it was before this: its mirror may still be queued. Retention takes its body later.
    select key from posthorn.events where key = any($1::uuid[]) and state_reason = 'baseline'
  )
  delete from posthorn.kept_bodies k using settled
  where k.key = settled.key and settled.state <> 'dead' and settled.key not in (select key from history)`

/**
 * Gives events with no run left that is open, or waits in a lane, for its route, or for the new attempt that a first loss brings, the
 * state that their runs add up to: one dead run makes the event dead. `from` is the state that permits it: `received` only for the dispatcher, who knows that nothing of the event is queued any more. A kept body goes with
 * the state that ends its need.
 */
export async function settleEvents(
  tx: Executor,
  keys: string[],
  from: 'received' | 'dispatched' | 'dead',
): Promise<void> {
  if (keys.length === 0) return
  await tx.query({ name: 'events-settle', text: SETTLE, values: [keys, from] })
}
