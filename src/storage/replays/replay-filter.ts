/** States that a person may replay from; `ignored` and `processed` only when they insist. */
export const REPLAYABLE_STATES = ['dead', 'parked', 'unrouted', 'ignored', 'processed'] as const

export type ReplayableState = (typeof REPLAYABLE_STATES)[number]

/** Which runs to replay. What is left out does not matter. */
export interface ReplayFilter {
  state: ReplayableState
  source?: string
  /** An event type; `*` stands for any run of characters. */
  type?: string
  handler?: string
  /** Of a dead or parked event its code, of an ignored one its reason. */
  code?: string
  /** Of dead letters: failures that are alike share one. */
  fingerprint?: string
  /** In its state since then or later, ISO 8601 … */
  since?: string
  /** … and before then. */
  until?: string
}

/** The latest run of each handler of the event `e`. */
const LATEST_RUNS = `cross join lateral (
  select distinct on (r.handler) r.handler, r.attempt, r.state, r.reason
  from posthorn.runs r where r.key = e.key order by r.handler, r.attempt desc
) latest`

/** What ended well is in no list of its own: it is found by walking the events. */
export const isWalked = ({ state }: ReplayFilter): boolean => state === 'ignored' || state === 'processed'

/** What stands in each state, as runs, and since when. An event that never ran has no handler. `events`: which ones to look at. */
const RUNS: Record<ReplayableState, (events: string) => string> = {
  dead: () => `
    select e.*, d.handler, d.attempt, d.code, d.fingerprint, d.dead_lettered_at as since
    from posthorn.dead_letters d join posthorn.events e on e.key = d.key`,
  parked: () => `
    select e.*, p.handler, ended.attempt, p.code, null as fingerprint, p.parked_at as since
    from posthorn.parked p join posthorn.events e on e.key = p.key
    cross join lateral (
      select coalesce(max(r.attempt), 0) as attempt from posthorn.runs r
      where r.key = p.key and (p.handler is null or r.handler = p.handler)
    ) ended`,
  unrouted: () => `
    select e.*, null as handler, 0 as attempt, null as code, null as fingerprint, e.state_at as since
    from posthorn.unrouted u join posthorn.events e on e.key = u.key`,
  ignored: (events) => `
    select e.*, latest.handler, latest.attempt, latest.reason as code, null as fingerprint, e.state_at as since
    from ${events} e ${LATEST_RUNS} where latest.state = 'ignored'
    union all
    select e.*, null, mirrored.attempt, e.state_reason, null, e.state_at
    from ${events} e
    cross join lateral (
      select coalesce(max(r.attempt), 0) as attempt, coalesce(bool_or(r.handler <> 'mirror'), false) as has_run
      from posthorn.runs r where r.key = e.key
    ) mirrored
    -- Of history the mirror is no run that would stand for it. What is read for the mirror alone has no other run to come.
    where e.state = 'ignored' and e.state_reason is distinct from 'refetch' and not has_run and (mirrored.attempt = 0 or e.state_reason = 'baseline')`,
  processed: (events) => `
    select e.*, latest.handler, latest.attempt, null as code, null as fingerprint, e.state_at as since
    from ${events} e ${LATEST_RUNS} where latest.state = 'processed'`,
}

/** How many parameters `selectedRuns` has; those of the query around it come after them. */
export const FILTER_PARAMETERS = 10

/**
 * The runs that a filter selects: a query with the columns of their events, and `handler`, `attempt` and `code`. Its parameters
 * are what `filterValues` makes. `events` names the ones to look at, where the filter is walked.
 */
export const selectedRuns = ({ state }: ReplayFilter, events = 'posthorn.events'): string => `
  select * from (${RUNS[state](events)}) run
  where since <= $1 and (received_at, key) > ($2::timestamptz, $3::uuid)
    and ($4::text is null or source = $4) and ($5::text is null or type like $5)
    and ($6::text is null or handler = $6) and ($7::text is null or code = $7)
    and ($8::text is null or fingerprint = $8)
    and ($9::timestamptz is null or since >= $9) and ($10::timestamptz is null or since < $10)`

/** Times are Postgres's texts, which keep their microseconds. */
export interface SelectionBounds {
  /** What came to be later is left out. */
  asOf: string
  /** Only what comes behind this event. */
  after: { receivedAt: string; key: string }
}

export const UNBOUNDED: SelectionBounds = {
  asOf: 'infinity',
  after: { receivedAt: '-infinity', key: '00000000-0000-0000-0000-000000000000' },
}

export const filterValues = (filter: ReplayFilter, { asOf, after }: SelectionBounds): unknown[] => [
  asOf,
  after.receivedAt,
  after.key,
  filter.source,
  filter.type === undefined ? undefined : toLikePattern(filter.type),
  filter.handler,
  filter.code,
  filter.fingerprint,
  filter.since,
  filter.until,
]

/** An event type with `*` for any run of characters, as LIKE has it. */
export const toLikePattern = (pattern: string): string => pattern.replace(/[\\%_]/g, '\\$&').replaceAll('*', '%')
