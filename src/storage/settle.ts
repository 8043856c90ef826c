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

const SETTLE = `
  with latest as (
    select distinct on (key, handler) key, state, reason, error_code from posthorn.runs
    where key = any($1::uuid[]) order by key, handler, attempt desc
  ), summary as (
    select key,
      case when bool_or(state = 'dead') then 'dead' when bool_or(state = 'processed') then 'processed' else 'ignored' end as state,
      min(error_code) filter (where state = 'dead') as error_code,
      min(reason) filter (where state = 'ignored') as reason
    from latest group by key
  )
  update posthorn.events e
  set state = s.state, state_at = now(),
    state_reason = case s.state when 'dead' then s.error_code when 'ignored' then s.reason end
  from summary s
  where e.key = s.key and e.state = $2
    and not exists (select 1 from posthorn.open_runs o where o.key = e.key)`

/**
 * Gives events with no open run left the state that their runs add up to: one dead run makes the event dead. `from` is the state
 * that permits it: `received` only for the dispatcher, who knows that nothing of the event is queued any more.
 */
export async function settleEvents(tx: Executor, keys: string[], from: 'received' | 'dispatched'): Promise<void> {
  if (keys.length === 0) return
  await tx.query({ name: 'events-settle', text: SETTLE, values: [keys, from] })
}
