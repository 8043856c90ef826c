import type { Executor } from '../pool.ts'
import type { ReplayProgress } from './bulk-replay.ts'
import { PAGE_PARAMETERS, pageOfRuns } from './page-of-runs.ts'
import { filterValues, isWalked } from './replay-filter.ts'

const PAGE_RUNS = 2_000
/** A tenth of a second or so. */
export const WALKED_EVENTS = 10_000

const [ID, SELECTED] = [`$${PAGE_PARAMETERS + 1}`, `$${PAGE_PARAMETERS + 2}`]

/**
 * Adds the next page to what the replay has selected, in the order in which the events were received. The place to go on from is
 * written with the page itself. Returns how many runs it has.
 */
export async function selectPage(tx: Executor, { replay, bounds }: ReplayProgress): Promise<number> {
  const { id, filter, figures } = replay
  const size = isWalked(filter) ? WALKED_EVENTS : PAGE_RUNS
  const { rows } = await tx.query<{ runs: number }>({
    text: `
      with ${pageOfRuns(filter)}, added as (
        insert into posthorn.replay_items (replay_id, position, key, handler, seen_attempt)
        select ${ID}, ${SELECTED} + row_number() over (order by received_at, key, handler nulls first), key, handler, attempt from page
      ), last as (
        select received_at, key from scanned order by received_at desc, key desc limit 1
      ), counted as (
        select (select count(*) from page)::integer as runs, (select count(*) from scanned) < $${PAGE_PARAMETERS} as is_last
      )
      update posthorn.replays r
      set selected = selected + runs, state = case when is_last then 'running' else state end, advanced_at = clock_timestamp(),
        cursor_at = coalesce((select received_at from last), cursor_at), cursor_key = coalesce((select key from last), cursor_key)
      from counted where id = ${ID}
      returning runs`,
    values: [...filterValues(filter, bounds), size, id, figures.selected],
  })
  return rows[0]?.runs ?? 0
}
