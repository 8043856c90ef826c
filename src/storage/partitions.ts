import { type Executor, type Pool, transaction } from './pool.ts'

const PARTITIONED = ['bodies', 'receipts'] as const
const DAYS_AHEAD = 14
/** Attaching one at a time: "posthorn partitions" as a number. */
const LOCK = 7_067_836_482

/**
 * Makes the day partitions from today until `DAYS_AHEAD` days on. The day is the database's, in UTC, so that receivers with
 * different clocks agree. Safe to run from several processes at once.
 */
export async function ensurePartitions(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ day: string; name: string; parent: string }>(
    `select to_char(day, 'YYYY-MM-DD') as day, parent, parent || to_char(day, '_YYYYMMDD') as name
     from generate_series((now() at time zone 'utc')::date, (now() at time zone 'utc')::date + $1::integer, interval '1 day') as day,
          unnest($2::text[]) as parent
     where to_regclass('posthorn.' || parent || to_char(day, '_YYYYMMDD')) is null
     order by day`,
    [DAYS_AHEAD, PARTITIONED],
  )
  for (const { parent, name, day } of rows) await createPartition(pool, { parent, name, day })
}

/**
 * Built apart, checked, then attached: attaching a table that already proves its bounds takes only a brief lock on the parent,
 * and ingest goes on.
 */
async function createPartition(pool: Pool, partition: { parent: string; name: string; day: string }): Promise<void> {
  // Identifiers come from the list above and from to_char, never from outside.
  const { parent, name, day } = partition
  await transaction(pool, async (tx) => {
    await tx.query('select pg_advisory_xact_lock($1)', [LOCK])
    // Not by to_regclass: it may remember from before the lock that there is no such table.
    const { rows } = await tx.query(
      `select 1 from pg_class where relname = $1 and relnamespace = 'posthorn'::regnamespace`,
      [name],
    )
    if (rows.length > 0) return
    const bounds = `day >= date '${day}' and day < date '${day}' + 1`
    await tx.query(`create table posthorn.${name} (like posthorn.${parent} including all)`)
    await tx.query(`alter table posthorn.${name} add constraint ${name}_day check (${bounds})`)
    await tx.query(
      `alter table posthorn.${parent} attach partition posthorn.${name} for values from ('${day}') to (date '${day}' + 1)`,
    )
    await tx.query(`alter table posthorn.${name} drop constraint ${name}_day`)
  })
}

/** Postgres found no partition for a row. */
export const isMissingPartition = (error: unknown): boolean =>
  (error as { code?: string }).code === '23514' && (error as Error).message.includes('no partition of relation')

/** How many days after today have all their partitions, without a gap; -1 when today itself has not. */
export async function partitionedDaysAhead(executor: Executor): Promise<number> {
  const { rows } = await executor.query<{ days: number }>(
    `select coalesce(min(ahead), $1::integer + 1) - 1 as days
     from generate_series(0, $1::integer) as ahead, unnest($2::text[]) as parent
     where to_regclass('posthorn.' || parent || to_char((now() at time zone 'utc')::date + ahead, '_YYYYMMDD')) is null`,
    [DAYS_AHEAD, PARTITIONED],
  )
  return rows[0]?.days ?? -1
}
