import { EXIT_CODES, type ExitCode } from '../../cli/exit-codes.ts'
import { type SetupResult, setupLines } from '../../cli/setup.ts'
import { deployRoutes } from '../../dispatcher/deploy-routes.ts'
import { type EnsuredSchedules, ensureSchedules } from '../../temporal/schedules.ts'
import { setUpNamespace } from '../../temporal/setup.ts'
import { RECONCILE_SCHEDULES, scheduleSpecs } from '../engine/schedules.ts'
import { loadUserCode } from '../installation/load-user-code.ts'
import { loadConfig, scheduledSources } from '../load-config.ts'
import { withPool } from '../process/postgres.ts'
import { temporalTarget, withTemporal } from '../process/temporal.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn setup`: brings the Temporal namespace to what is needed, and deploys the route table of this program. */
export async function runSetup({ environment, output }: CommandContext): Promise<ExitCode> {
  const settings = readSettings(environment)
  const loaded = await loadConfig(settings)
  const { routes } = await loadUserCode(loaded)
  const sources = await scheduledSources(loaded, { environment, settings })
  const temporal = await withTemporal(temporalTarget(environment), async ({ client, connection, namespace }) => {
    const report = await setUpNamespace(connection, namespace)
    const schedules = await ensureSchedules(client, scheduleSpecs(sources), RECONCILE_SCHEDULES)
    return { namespace, ...report, changes: [...report.changes, ...scheduleChanges(schedules)] }
  })
  const result: SetupResult = { ...temporal, routes: await withPool(settings, (pool) => deployRoutes(pool, routes)) }
  output.show(result, setupLines)
  return result.refusals.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed
}

const scheduleChanges = ({ created, removed }: EnsuredSchedules): string[] => [
  ...created.map((id) => `schedule ${id} created`),
  ...removed.map((id) => `schedule ${id} removed`),
]
