import type { Executor } from '../pool.ts'
import { type EventColumns, toReference } from '../queue.ts'
import type { Claim } from '../queue.ts'
import { PAGE_PARAMETERS, pageOfRuns } from './page-of-runs.ts'
import { type ReplayFilter, type SelectionBounds, UNBOUNDED, filterValues, isWalked } from './replay-filter.ts'
import { WALKED_EVENTS } from './select-page.ts'

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
  const groups = new Map<string, ReplayPreview['groups'][number]>()
  const sample: PreviewedRun[] = []
  for (let after: SelectionBounds['after'] | undefined = UNBOUNDED.after; after !== undefined;) {
    const page: PreviewPage = await previewPage(executor, filter, { ...UNBOUNDED, after }, sampleSize - sample.length)
    sample.push(...page.sample)
    for (const group of page.groups) {
      const name = JSON.stringify([group.source, group.type, group.handler])
      groups.set(name, { ...group, runs: group.runs + (groups.get(name)?.runs ?? 0) })
    }
    after = page.next
  }
  return { groups: [...groups.values()].sort(byRuns), sample }
}

const byRuns = (a: ReplayPreview['groups'][number], b: ReplayPreview['groups'][number]): number =>
  b.runs - a.runs || (nameOf(a) < nameOf(b) ? -1 : 1)
const nameOf = ({ source, type, handler }: ReplayPreview['groups'][number]): string => `${source} ${type} ${handler}`

interface PreviewPage extends ReplayPreview {
  /** Where the next page begins; undefined after the last one. */
  next: SelectionBounds['after'] | undefined
}

/** What stands in a list is counted in one go. */
const ALL = 2 ** 31 - 1

async function previewPage(
  executor: Executor,
  filter: ReplayFilter,
  bounds: SelectionBounds,
  sampleSize: number,
): Promise<PreviewPage> {
  const values = [...filterValues(filter, bounds), isWalked(filter) ? WALKED_EVENTS : ALL]
  const { rows } = await executor.query<{ groups: ReplayPreview['groups'] | null; next: PreviewPage['next'] | null }>(
    `with ${pageOfRuns(filter)}
     select
       (select json_agg(g) from (
         select source, type, handler, count(*)::integer as runs from page group by source, type, handler) g) as groups,
       (select json_build_object('receivedAt', received_at::text, 'key', key) from scanned
        where (select count(*) from scanned) >= $${PAGE_PARAMETERS} order by received_at desc, key desc limit 1) as next`,
    values,
  )
  const groups = rows[0]?.groups ?? []
  const next = rows[0]?.next ?? undefined
  if (groups.length === 0 || sampleSize === 0) return { groups, sample: [], next }
  const sample = await executor.query<EventColumns & { handler: string | null; attempt: number; code: string | null }>(
    `with ${pageOfRuns(filter)} select * from page order by received_at, key, handler nulls first limit $${PAGE_PARAMETERS + 1}`,
    [...values, sampleSize],
  )
  return { groups, sample: sample.rows.map(toPreviewed), next }
}

const toPreviewed = (
  row: EventColumns & { handler: string | null; attempt: number; code: string | null },
): PreviewedRun => ({
  event: toReference(row),
  handler: row.handler,
  attempt: row.attempt + 1,
  code: row.code,
})
