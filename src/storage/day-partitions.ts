import type { Executor } from './pool.ts'

export type PartitionedTable = 'bodies' | 'receipts'

/** A table that holds, or held, one day of another. */
export interface DayPartition {
  parent: PartitionedTable
  name: string
  /** `2026-01-31`, in UTC. */
  day: string
  /** How old the day is by the database's clock: 0 is today, negative is ahead. */
  ageDays: number
  /** `pending`: a detachment was begun and not ended. `detached`: only the drop is left. */
  state: 'attached' | 'pending' | 'detached'
}

/** Every day partition there is, oldest first; detached ones are known by their names. */
export async function listDayPartitions(executor: Executor): Promise<DayPartition[]> {
  const { rows } = await executor.query<DayPartition>(
    `select parent, name, to_char(day, 'YYYY-MM-DD') as day, (now() at time zone 'utc')::date - day as "ageDays",
       case when i.inhrelid is null then 'detached' when i.inhdetachpending then 'pending' else 'attached' end as state
     from (
       select oid, relname as name, matched[1] as parent, to_date(matched[2], 'YYYYMMDD') as day
       from pg_class cross join lateral regexp_match(relname, '^(bodies|receipts)_(\\d{8})$') as matched
       where relnamespace = 'posthorn'::regnamespace and relkind = 'r' and matched is not null
     ) c left join pg_inherits i on i.inhrelid = c.oid
     order by day, parent`,
  )
  return rows
}
