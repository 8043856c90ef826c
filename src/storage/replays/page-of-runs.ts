import { FILTER_PARAMETERS, type ReplayFilter, isWalked, selectedRuns } from './replay-filter.ts'

const SIZE = `$${FILTER_PARAMETERS + 1}`

/** How many parameters `pageOfRuns` has: those of the filter, and the size. */
export const PAGE_PARAMETERS = FILTER_PARAMETERS + 1

/**
 * Two common table expressions: `page`, the next runs that a filter selects, in the order in which their events were received, and
 * `scanned`, what was looked at for them. When `scanned` has fewer rows than `size` there is nothing behind it; else the next page
 * begins behind its last row. However few runs fit, a page takes no longer than its size: a walk counts the events it passes.
 */
export const pageOfRuns = (filter: ReplayFilter): string =>
  isWalked(filter)
    ? `
  scanned as materialized (
    select * from posthorn.events
    where received_at >= $2 and (received_at, key) > ($2::timestamptz, $3::uuid)
      -- Nothing came into its state before it was received.
      and received_at <= least($1::timestamptz, $10::timestamptz)
    order by received_at, key limit ${SIZE}
  ), page as materialized (${selectedRuns(filter, 'scanned')})`
    : // Ties: all runs of an event stand on one page.
      `
  page as materialized (
    select * from (${selectedRuns(filter)}) selected order by received_at, key fetch first ${SIZE} rows with ties
  ), scanned as (select received_at, key from page)`
