import { CommandError } from '../../cli/exit-codes.ts'
import { type RetentionRun, retentionRun, retentionStatus } from '../../cli/retention.ts'
import type { Removed } from '../../retention/batches.ts'
import { type Retention, createRetention } from '../../retention/retention.ts'
import { recordAudit } from '../../storage/audit-log.ts'
import { DroppingElsewhereError } from '../../storage/drop-partitions.ts'
import { inspectRetention } from '../../storage/inspect-retention.ts'
import type { Pool } from '../../storage/pool.ts'
import { operatorName } from '../process/operator.ts'
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
  const run = await withBothPools(settings, (pool, effectsPool) => runOnRecord(settings, pool, effectsPool))
  retentionRun(run, output)
}

async function runOnRecord(settings: Settings, pool: Pool, effectsPool: Pool): Promise<RetentionRun> {
  const removed: Partial<Record<Removed, number>> = {}
  const { retention: days } = settings
  const retention = createRetention({
    ...{ pool, effectsPool, days },
    onRemoved: (what, count) => (removed[what] = (removed[what] ?? 0) + count),
    onFewAhead: () => undefined,
  })
  try {
    return await runParts(retention)
  } catch (error) {
    throw error instanceof DroppingElsewhereError ? new CommandError('failed', DROPPING_ELSEWHERE) : error
  } finally {
    // Whatever ended it: what was removed until then was removed by this person.
    const actor = operatorName(settings)
    await recordAudit(pool, { actor, action: 'retention.run', target: {}, detail: { days, removed } })
  }
}

const DROPPING_ELSEWHERE =
  'Another run of retention is dropping partitions. Wait for it: `posthorn retention status` says what is being dropped.'

async function runParts(retention: Retention): Promise<RetentionRun> {
  const nothing = (): void => undefined
  return {
    ...(await retention.partitions(nothing)),
    ...(await retention.payloads(nothing)),
    ...(await retention.events(nothing)),
  }
}
