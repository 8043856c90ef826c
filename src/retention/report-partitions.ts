import { listDayPartitions } from '../storage/day-partitions.ts'
import { partitionedDaysAhead } from '../storage/partitions.ts'
import type { Executor } from '../storage/pool.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Brings the gauges of the day partitions up to date: call it when they are about to be read. */
export async function reportPartitions(executor: Executor, metrics: Metrics): Promise<void> {
  metrics.partitionDaysAhead.set(await partitionedDaysAhead(executor))
  const partitions = await listDayPartitions(executor)
  for (const table of ['bodies', 'receipts'] as const) {
    const oldest = partitions.find(({ parent }) => parent === table)
    metrics.partitionOldestDays.set({ table }, oldest?.ageDays ?? 0)
  }
}
