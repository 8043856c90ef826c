import type { Executor } from '../pool.ts'
import type { ReplayProgress } from './bulk-replay.ts'
import { FILTER_PARAMETERS, filterValues, selectedRuns } from './replay-filter.ts'

const PAGE_RUNS = 2_000

const parameter = (number: number): string => `$${FILTER_PARAMETERS + number}`
const [ID, SELECTED, SIZE] = [parameter(1), parameter(2), parameter(3)]

/**
 * Adds the next page to what the replay has selected, in the order in which the events were received; a page that is not full is
 * the last one. The place to go on from is written with the page itself. Returns how many runs it has.
 */
export async function selectPage(tx: Executor, { replay, bounds }: ReplayProgress): Promise<number> {
  const { id, filter, figures } = replay
  const { rows } = await tx.query<{ runs: number }>({
    // Ties: all runs of an event stand on one page.
    text: `
      with page as (
        select received_at, key, handler, attempt from (${selectedRuns(filter)}) selected
        order by received_at, key fetch first ${SIZE} rows with ties
      ), added as (
        insert into posthorn.replay_items (replay_id, position, key, handler, seen_attempt)
        select ${ID}, ${SELECTED} + row_number() over (order by received_at, key, handler), key, handler, attempt from page
      ), last as (
        select received_at, key from page order by received_at desc, key desc limit 1
      ), counted as (
        select count(*)::integer as runs from page
      )
      update posthorn.replays r
      set selected = selected + runs, state = case when runs < ${SIZE} then 'running' else state end, advanced_at = clock_timestamp(),
        cursor_at = coalesce((select received_at from last), cursor_at), cursor_key = coalesce((select key from last), cursor_key)
      from counted where id = ${ID}
      returning runs`,
    values: [...filterValues(filter, bounds), id, figures.selected, PAGE_RUNS],
  })
  return rows[0]?.runs ?? 0
}
