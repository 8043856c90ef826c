import { doctor } from '../../cli/doctor.ts'
import { type Finding, ok, skipped, warning } from '../../cli/doctor/finding.ts'
import { judgeDatabase } from '../../cli/doctor/judge-database.ts'
import { judgeNode, judgeTemporalPackages } from '../../cli/doctor/judge-packages.ts'
import { judgePorts } from '../../cli/doctor/judge-ports.ts'
import { judgeNamespace } from '../../cli/doctor/judge-temporal.ts'
import type { ExitCode } from '../../cli/exit-codes.ts'
import { inspectDatabase } from '../../storage/inspect-database.ts'
import { inspectNamespace } from '../../temporal/setup.ts'
import { loadUserCode, migrationsFolder } from '../installation/load-user-code.ts'
import { findWorkflowBundle } from '../installation/workflow-bundle.ts'
import { type LoadedConfig, loadConfig, loadInstallation } from '../load-config.ts'
import { temporalVersions } from '../process/package-version.ts'
import { portUses } from '../process/port-uses.ts'
import { withPool } from '../process/postgres.ts'
import { temporalTarget, withTemporal } from '../process/temporal.ts'
import type { Settings } from '../settings/settings-table.ts'
import { type Environment, readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'
import { examine, toFindings } from './examine.ts'

/** `posthorn doctor`: examines every dependency. What cannot be examined because of another failure is left out. */
export async function runDoctor({ environment, output }: CommandContext): Promise<ExitCode> {
  const node = judgeNode(process.version)
  let settings: Settings
  try {
    settings = readSettings(environment)
  } catch (error) {
    const rest = skipped('everything else', 'the settings come first')
    return doctor([() => Promise.resolve([node, ...toFindings('settings', error), rest])], output)
  }
  return doctor(
    [
      () => Promise.resolve([node]),
      () => examine('settings', () => examineRoles(environment)),
      () => examine('installation', () => examineInstallation(settings, environment)),
      () => examine('temporal', () => examineTemporal(environment)),
      () => examine('ports', async () => judgePorts(await portUses(settings))),
    ],
    output,
  )
}

/** The strictest role: what the receiver may not start with is worth knowing before it is started. */
function examineRoles(environment: Environment): Finding[] {
  readSettings(environment, 'serve')
  return [ok('settings', 'all are right')]
}

/** Configuration, code and database: each is read with what the one before it said. */
async function examineInstallation(settings: Settings, environment: Environment): Promise<Finding[]> {
  const loaded = await loadConfig(settings)
  const sources = await examine('sources', () => examineSources(settings, environment))
  const packages = judgeTemporalPackages(temporalVersions(loaded.root))
  let routes: string | undefined
  const code = await examine('code', async () => {
    const { activities, routes: table } = await loadUserCode(loaded)
    findWorkflowBundle(loaded)
    routes = table.hash
    return [ok('code', `${table.routes.length} routes, ${Object.keys(activities.policies).length} activities`)]
  })
  const database = await examine('postgres', () => examineDatabase(settings, loaded, routes))
  return [ok('configuration', settings.process.configFile), ...sources, packages, ...code, ...database]
}

async function examineSources(settings: Settings, environment: Environment): Promise<Finding[]> {
  const { sources, warnings } = await loadInstallation(settings, environment)
  const doubts = warnings.map((sentence) => warning('secrets', 'one looks wrong', sentence))
  return [ok('sources', `${sources.length}, with all that they refer to`), ...doubts]
}

function examineDatabase(settings: Settings, loaded: LoadedConfig, routes: string | undefined): Promise<Finding[]> {
  return withPool(settings, async (pool) => {
    const report = await inspectDatabase(pool, migrationsFolder(loaded))
    return judgeDatabase(report, routes)
  })
}

const examineTemporal = (environment: Environment): Promise<Finding[]> =>
  withTemporal(temporalTarget(environment), async ({ connection, namespace }) =>
    judgeNamespace(await inspectNamespace(connection, namespace), namespace),
  )
