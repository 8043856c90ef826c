import type { DayPartition } from './day-partitions.ts'
import { patiently } from './patiently.ts'
import type { Executor } from './pool.ts'

/** Bodies of up to 10 MiB each: who wants one of these events meanwhile waits for the batch, and not for long. */
const BATCH = 20

/**
 * Copies the bodies of unfinished events out of a partition that will be dropped; a copy that is there already is left alone.
 * Returns how many were copied. `onBatch` is told after each commit.
 */
export async function keepUnfinishedBodies(
  executor: Executor,
  { name, day }: Pick<DayPartition, 'name' | 'day'>,
  onBatch: () => void,
): Promise<number> {
  // From the list to the rows, one by one, whatever the planner thinks of it: a day is not to be read for the few that stay.
  const { rows } = await patiently<{ key: string }>(
    executor,
    `select u.key from (select distinct key from posthorn.unfinished) u
     cross join lateral (select body_day from posthorn.events e where e.key = u.key limit 1) e
     where e.body_day = $1 and not exists (select from posthorn.kept_bodies k where k.key = u.key)`,
    [day],
  )
  let kept = 0
  for (let from = 0; from < rows.length; from += BATCH) {
    const { rowCount } = await patiently(
      executor,
      `insert into posthorn.kept_bodies (key, headers, body)
       -- An erasure that holds the event is waited for, and one that has erased it not undone.
       select e.key, b.headers, b.body
       from (select key from posthorn.events where key = any($1::uuid[]) and erased_at is null order by key for share) e
       cross join lateral (select headers, body from posthorn.${name} b where b.key = e.key limit 1) b
       on conflict do nothing`,
      [rows.slice(from, from + BATCH).map(({ key }) => key)],
    )
    kept += rowCount ?? 0
    onBatch()
  }
  return kept
}

/** Removes kept bodies whose events are finished, or gone. Returns how many, at most `limit`. */
export async function dropFinishedBodies(executor: Executor, limit: number): Promise<number> {
  const { rowCount } = await executor.query(
    `delete from posthorn.kept_bodies where key in (
       select key from posthorn.kept_bodies k
       where not exists (select from posthorn.unfinished u where u.key = k.key) limit $1)`,
    [limit],
  )
  return rowCount ?? 0
}
