import { type DayPartition, listDayPartitions } from './day-partitions.ts'
import { partitionedDaysAhead } from './partitions.ts'
import type { Executor } from './pool.ts'

/** What is stored, by its age. */
export interface RetentionReport {
  partitions: DayPartition[]
  /** Days after today that have all their partitions; -1 when today itself has not. */
  daysAhead: number
  /** Bodies that live as long as their events are unfinished. */
  keptBodies: { rows: number; bytes: number }
  /** When the oldest event came; null without events. */
  oldestEvent: Date | null
  /** Payloads that people had erased, and when last. */
  erasures: { count: number; latest: Date | null }
}

export async function inspectRetention(executor: Executor): Promise<RetentionReport> {
  const { rows } = await executor.query<{
    kept: number
    bytes: string
    oldest: Date | null
    erasures: number
    latest: Date | null
  }>(
    `select (select count(*)::integer from posthorn.kept_bodies) as kept,
       pg_total_relation_size('posthorn.kept_bodies') as bytes,
       (select min(received_at) from posthorn.events) as oldest,
       (select count(*)::integer from posthorn.erasures) as erasures,
       (select max(at) from posthorn.erasures) as latest`,
  )
  const row = rows[0] as (typeof rows)[number]
  return {
    partitions: await listDayPartitions(executor),
    daysAhead: await partitionedDaysAhead(executor),
    keptBodies: { rows: row.kept, bytes: Number(row.bytes) },
    oldestEvent: row.oldest,
    erasures: { count: row.erasures, latest: row.latest },
  }
}
