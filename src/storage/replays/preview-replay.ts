import type { Executor } from '../pool.ts'
import { type EventColumns, toReference } from '../queue.ts'
import type { Claim } from '../queue.ts'
import { FILTER_PARAMETERS, type ReplayFilter, UNBOUNDED, filterValues, selectedRuns } from './replay-filter.ts'

export interface ReplayPreview {
  /** How many runs, the most numerous groups first. */
  groups: { source: string; type: string; handler: string | null; runs: number }[]
  /** The first ones, in the order in which they would run. */
  sample: PreviewedRun[]
}

export interface PreviewedRun {
  event: Claim['event']
  /** Null where the event never ran: it is routed like a new one. */
  handler: string | null
  /** What the replay would carry. */
  attempt: number
  code: string | null
}

/** What a replay of many would run if it began now. Nothing is written. */
export async function previewReplay(
  executor: Executor,
  filter: ReplayFilter,
  sampleSize: number,
): Promise<ReplayPreview> {
  const values = filterValues(filter, UNBOUNDED)
  const groups = await executor.query<ReplayPreview['groups'][number]>(
    `select source, type, handler, count(*)::integer as runs from (${selectedRuns(filter)}) selected
     group by source, type, handler order by runs desc, source, type, handler`,
    values,
  )
  const sample = await executor.query<EventColumns & { handler: string | null; attempt: number; code: string | null }>(
    `select * from (${selectedRuns(filter)}) selected order by received_at, key, handler limit $${FILTER_PARAMETERS + 1}`,
    [...values, sampleSize],
  )
  return {
    groups: groups.rows,
    sample: sample.rows.map((row) => ({
      event: toReference(row),
      handler: row.handler,
      attempt: row.attempt + 1,
      code: row.code,
    })),
  }
}
