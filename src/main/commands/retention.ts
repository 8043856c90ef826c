import { type RetentionRun, retentionRun, retentionStatus } from '../../cli/retention.ts'
import { createRetention } from '../../retention/retention.ts'
import { inspectRetention } from '../../storage/inspect-retention.ts'
import type { Pool } from '../../storage/pool.ts'
import { withBothPools, withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { Settings } from '../settings/settings-table.ts'
import type { CommandContext } from './context.ts'

/** `posthorn retention status`: prints what is stored, and how old it is. */
export async function runRetentionStatus({ environment, output }: CommandContext): Promise<void> {
  const settings = readSettings(environment)
  const report = await withPool(settings, inspectRetention)
  retentionStatus({ keep: settings.retention, ...report }, output)
}

/** `posthorn retention run`: does now what the schedule does every hour. */
export async function runRetention({ environment, output }: CommandContext): Promise<void> {
  const settings = readSettings(environment)
  retentionRun(await withBothPools(settings, (pool, effectsPool) => runParts(settings, pool, effectsPool)), output)
}

async function runParts(settings: Settings, pool: Pool, effectsPool: Pool): Promise<RetentionRun> {
  const nothing = (): void => undefined
  const { retention: days } = settings
  const retention = createRetention({ pool, effectsPool, days, onRemoved: nothing, onFewAhead: nothing })
  return {
    ...(await retention.partitions(nothing)),
    ...(await retention.payloads(nothing)),
    ...(await retention.events(nothing)),
  }
}
