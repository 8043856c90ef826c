import type { Executor } from './pool.ts'

export interface Depths {
  queue: number
  /** Age of the oldest live event that waits, in seconds; 0 when none does. Replays and backfills wait by design. */
  oldestSeconds: number
  openRuns: number
  stuckRuns: number
  deadLetters: number
  parked: ParkedEvents[]
}

/** Verified events that do not fit, by where they come from and what is wrong with them. */
export interface ParkedEvents {
  source: string
  code: string
  events: number
}

/** Counting stops here: an exact figure above it is not worth scanning a backlog on every scrape. */
const COUNT_LIMIT = 100_000

/** The lengths of the work lists. */
export async function readDepths(executor: Executor): Promise<Depths> {
  const counted = (table: string) =>
    `(select count(*)::integer from (select from posthorn.${table} limit ${COUNT_LIMIT}) as rows)`
  const { rows } = await executor.query<{
    queue: number
    oldest: number | null
    open_runs: number
    stuck_runs: number
    dead_letters: number
    parked: ParkedEvents[]
  }>(
    `select ${counted('queue')} as queue, ${counted('open_runs')} as open_runs, ${counted('dead_letters')} as dead_letters,
       (select count(*)::integer from posthorn.open_runs where stuck_since is not null) as stuck_runs,
       (select coalesce(json_agg(kinds), '[]')
        from (select source, code, count(*)::integer as events
              from (select source, code from posthorn.parked limit ${COUNT_LIMIT}) as rows
              group by source, code) kinds) as parked,
       (select max(extract(epoch from now() - e.received_at))::float8
        from posthorn.sources s
        cross join lateral (select key from posthorn.queue q where q.source = s.id and priority = 0 order by seq limit 1) head
        join posthorn.events e on e.key = head.key) as oldest`,
  )
  const row = rows[0] as (typeof rows)[number]
  return {
    queue: row.queue,
    oldestSeconds: row.oldest ?? 0,
    openRuns: row.open_runs,
    stuckRuns: row.stuck_runs,
    deadLetters: row.dead_letters,
    parked: row.parked,
  }
}
