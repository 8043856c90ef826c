import type pg from 'pg'
import { type DayPartition, type PartitionedTable, listDayPartitions } from './day-partitions.ts'
import { keepUnfinishedBodies } from './kept-bodies.ts'
import { PATIENCE_MS, patiently } from './patiently.ts'
import type { Pool } from './pool.ts'

/** Dropping one at a time: "posthorn retention" as a number. */
const LOCK = 7_067_836_483

export interface DropPartitionsOptions {
  /** A partition goes when its day is more than so many days ago. */
  keepDays: Readonly<Record<PartitionedTable, number>>
  /** Told after every step, so that a long run can show that it lives. */
  onStep: () => void
}

export interface DroppedPartition {
  name: string
  /** Bodies of unfinished events that were moved out of it. */
  kept: number
}

/**
 * Drops what has had its days, oldest first, and never blocks ingest: bodies of unfinished events are copied out, the partition is
 * detached concurrently, what became unfinished meanwhile is copied, and the table is dropped. A run that dies anywhere is taken
 * up by the next one from what the catalogue says.
 */
export async function dropPartitions(
  pool: Pool,
  { keepDays, onStep }: DropPartitionsOptions,
): Promise<DroppedPartition[]> {
  const client = await pool.connect()
  try {
    await client.query(`set statement_timeout = ${PATIENCE_MS}`)
    await client.query('select pg_advisory_lock($1)', [LOCK])
    const dropped: DroppedPartition[] = []
    for (const partition of await listDayPartitions(client)) {
      if (partition.ageDays <= keepDays[partition.parent]) continue
      dropped.push({ name: partition.name, kept: await dropPartition(client, partition, onStep) })
      onStep()
    }
    return dropped
  } finally {
    // With its settings and its lock: the connection must not be lent again.
    client.release(true)
  }
}

async function dropPartition(client: pg.ClientBase, partition: DayPartition, onStep: () => void): Promise<number> {
  // Identifiers come from the catalogue by a strict pattern, never from outside.
  const { parent, name, state } = partition
  const keep = async () => (parent === 'bodies' ? keepUnfinishedBodies(client, partition, onStep) : 0)
  const alter = (action: string) =>
    patiently(client, `alter table posthorn.${parent} detach partition posthorn.${name} ${action}`)
  let kept = 0
  if (state === 'attached') {
    // Before they leave the table that everybody reads.
    kept += await keep()
    await alter('concurrently')
  }
  if (state === 'pending') await alter('finalize')
  onStep()
  kept += await keep()
  await patiently(client, `drop table posthorn.${name}`)
  return kept
}
