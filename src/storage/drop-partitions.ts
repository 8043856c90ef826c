import type pg from 'pg'
import { type DayPartition, type PartitionedTable, listDayPartitions } from './day-partitions.ts'
import { keepUnfinishedBodies } from './kept-bodies.ts'
import { PATIENCE_MS, patiently } from './patiently.ts'
import type { Pool } from './pool.ts'
import { isLockTimeout } from './postgres-errors.ts'

/** Who waits for a lock gives up before the statement does: somebody uses the table, and Postgres is well. */
const LOCK_PATIENCE_MS = PATIENCE_MS - 10_000

/** Dropping one at a time: "posthorn retention" as a number. */
const LOCK = 7_067_836_483

export interface DropPartitionsOptions {
  /** A partition goes when its day is more than so many days ago. */
  keepDays: Readonly<Record<PartitionedTable, number>>
  /** Told after every step, so that a long run can show that it lives. May throw to end the work. */
  onStep: () => void
}

/** Another run of retention drops partitions right now, and is not done in the few seconds that this one waited. */
export class DroppingElsewhereError extends Error {
  override readonly name = 'DroppingElsewhereError'

  constructor(cause: unknown) {
    super('another run of retention is dropping partitions', { cause })
  }
}

export interface DroppedPartition {
  name: string
  /** Bodies of unfinished events that were moved out of it. */
  kept: number
}

/**
 * Drops what has had its days, oldest first, and never blocks ingest: bodies of unfinished events are copied out, the partition is
 * detached concurrently, what became unfinished meanwhile is copied, and the table is dropped. A run that dies anywhere is taken
 * up by the next one from what the catalogue says. A partition that cannot go keeps the younger ones of its table, of which only one
 * can be on its way out, but not those of the other table.
 * @throws DroppingElsewhereError when another run is about it; and in the end whatever kept the first partition.
 */
export async function dropPartitions(
  pool: Pool,
  { keepDays, onStep }: DropPartitionsOptions,
): Promise<DroppedPartition[]> {
  const client = await pool.connect()
  try {
    await client.query(`set statement_timeout = ${PATIENCE_MS}`)
    await client.query('select pg_advisory_lock($1)', [LOCK]).catch((error: unknown) => {
      throw isLockTimeout(error) ? new DroppingElsewhereError(error) : error
    })
    const dropped: DroppedPartition[] = []
    const failures = new Map<PartitionedTable, unknown>()
    for (const partition of await listDayPartitions(client)) {
      const { parent, name, ageDays } = partition
      if (ageDays <= keepDays[parent] || failures.has(parent)) continue
      try {
        dropped.push({ name, kept: await dropPartition(client, partition, onStep) })
      } catch (error) {
        failures.set(parent, error)
      }
      // Outside of it: whoever ends the work by this ends all of it.
      onStep()
    }
    if (failures.size > 0) throw [...failures.values()][0]
    return dropped
  } finally {
    // With its settings and its lock: the connection must not be lent again.
    client.release(true)
  }
}

async function dropPartition(client: pg.ClientBase, partition: DayPartition, onStep: () => void): Promise<number> {
  // Identifiers come from the catalogue by a strict pattern, never from outside.
  const { parent, name, state } = partition
  const keep = async () => {
    const copied = parent === 'bodies' ? await keepUnfinishedBodies(client, partition, onStep) : 0
    // What follows may take minutes again.
    onStep()
    return copied
  }
  const alter = (action: string) =>
    patiently(client, `alter table posthorn.${parent} detach partition posthorn.${name} ${action}`)
  let kept = 0
  if (state === 'attached') {
    // Before they leave the table that everybody reads.
    kept += await keep()
    // It waits for every transaction that has used the parent, and holds no lock meanwhile that anybody needs: whoever comes goes on.
    // All the others that wait here have somebody wait behind them, so for these the pool's few seconds stand.
    await client.query(`set lock_timeout = ${LOCK_PATIENCE_MS}`)
    try {
      await alter('concurrently')
    } finally {
      // Where even that fails, the connection is gone, and what comes next says so.
      await client.query('reset lock_timeout').catch(() => undefined)
    }
  }
  if (state === 'pending') await alter('finalize')
  onStep()
  kept += await keep()
  await patiently(client, `drop table posthorn.${name}`)
  return kept
}
