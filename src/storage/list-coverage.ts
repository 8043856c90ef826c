import { type CoverageWindow, windowColumns } from './coverage.ts'
import type { Executor } from './pool.ts'

export interface CoverageFilter {
  source?: string
  /** Only windows that are open, or closed without proof. */
  unproven?: boolean
  limit: number
}

/** The latest windows that fit, newest first. */
export async function listCoverage(executor: Executor, filter: CoverageFilter): Promise<CoverageWindow[]> {
  const { rows } = await executor.query<CoverageWindow>(
    `select ${windowColumns('c')} from posthorn.coverage c
     where ($1::text is null or source = $1) and (not $2 or state = 'open' or doubt is not null)
     order by to_at desc, from_at desc, source limit $3`,
    [filter.source ?? null, filter.unproven ?? false, filter.limit],
  )
  return rows
}

/** What is known of one source's completeness. */
export interface CoverageStatus {
  source: string
  /** The schedule has listed everything up to here, at least once. */
  listedUpTo: Date | null
  openWindows: number
  /** Windows with a doubt, open or closed, within the last seven days. */
  doubtful: number
  recovered: number
  /** The list that is being read, by page. */
  listing: { from: Date; to: Date; pages: number; since: Date } | null
}

/** Up to the first window of the schedule that was not listed, although a later one was. */
const LISTED_UP_TO = `case when max(to_at) filter (where origin = 'schedule' and listings > 0) is not null then
  least(max(to_at) filter (where origin = 'schedule' and listings > 0),
    min(from_at) filter (where origin = 'schedule' and listings = 0 and state = 'open')) end`

export async function readCoverageStatus(executor: Executor, source: string): Promise<CoverageStatus> {
  const { rows } = await executor.query<Omit<CoverageStatus, 'source' | 'listing'>>(
    `select ${LISTED_UP_TO} as "listedUpTo",
       count(*) filter (where state = 'open')::integer as "openWindows",
       count(*) filter (where doubt is not null and to_at > now() - interval '7 days')::integer as doubtful,
       coalesce(sum(recovered) filter (where to_at > now() - interval '7 days'), 0)::integer as recovered
     from posthorn.coverage where source = $1`,
    [source],
  )
  const listings = await executor.query<NonNullable<CoverageStatus['listing']>>(
    `select from_at as "from", to_at as "to", pages, started_at as since from posthorn.listings where source = $1
     order by origin limit 1`,
    [source],
  )
  const [row] = rows
  return { source, ...(row as NonNullable<typeof row>), listing: listings.rows[0] ?? null }
}

/** What a request of a person came to. */
export interface RequestOutcome {
  /** Windows that were listed. They may overlap, and what lies in two of them counts twice. */
  windows: number
  listed: number
  /** Brought by the list and not by a webhook, then or before. */
  recovered: number
  baseline: number
  /** Windows that something speaks against. */
  doubtful: number
  /** Stretches of the request that no list reaches. */
  unlisted: number
}

/** From the ledger, so that it does not matter who has read which list: the windows of the request, or all that were listed `since`. */
export async function readRequestOutcome(
  executor: Executor,
  { source, since, asked }: { source: string; since: Date; asked?: { from: Date; to: Date } },
): Promise<RequestOutcome> {
  const { rows } = await executor.query<RequestOutcome>(
    `select (count(*) filter (where listings > 0))::integer as windows, coalesce(sum(listed), 0)::integer as listed,
       coalesce(sum(recovered), 0)::integer as recovered, coalesce(sum(baseline), 0)::integer as baseline,
       (count(*) filter (where listings > 0 and doubt is not null))::integer as doubtful,
       (count(*) filter (where listings = 0))::integer as unlisted
     from posthorn.coverage where source = $1
       and case when $3::timestamptz is null then listed_at >= $2
         else origin = 'operator' and from_at >= $3 and to_at <= $4 and (listings > 0 or state = 'closed') end`,
    [source, since, asked?.from ?? null, asked?.to ?? null],
  )
  return rows[0] as RequestOutcome
}

/** How far a person's request has got. */
export interface RequestProgress {
  windows: number
  listedWindows: number
  /** Of the window that is being listed. */
  pages: number
  entries: number
  recovered: number
}

export async function readRequestProgress(
  executor: Executor,
  { source, from, to }: { source: string; from: Date; to: Date },
): Promise<RequestProgress> {
  const { rows } = await executor.query<RequestProgress>(
    `with asked as (
       select * from posthorn.coverage where source = $1 and origin = 'operator' and from_at >= $2 and to_at <= $3
     )
     select count(*)::integer as windows, (count(*) filter (where listings > 0 or state = 'closed'))::integer as "listedWindows",
       coalesce(max(l.pages), 0)::integer as pages, coalesce(sum(listed) filter (where listings > 0), 0)::integer as entries,
       coalesce(sum(recovered) filter (where listings > 0), 0)::integer as recovered
     from asked left join posthorn.listings l on l.source = $1 and l.origin = 'operator'`,
    [source, from, to],
  )
  return rows[0] as RequestProgress
}

/** Up to where each source has been listed by its schedule at least once, without a gap; of one that never was, since when it is known. */
export async function listedUpTo(executor: Executor): Promise<Map<string, Date>> {
  const { rows } = await executor.query<{ source: string; to: Date }>(
    `select source, coalesce(c.listed_up_to, s.first_seen_at) as "to"
     from (select id as source, first_seen_at from posthorn.sources) s full join (
       select source, ${LISTED_UP_TO} as listed_up_to from posthorn.coverage group by source) c using (source)
     where coalesce(c.listed_up_to, s.first_seen_at) is not null`,
  )
  return new Map(rows.map((row) => [row.source, row.to]))
}
