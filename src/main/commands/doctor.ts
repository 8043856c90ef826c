import { doctor } from '../../cli/doctor.ts'
import { type Finding, ok, skipped, warning } from '../../cli/doctor/finding.ts'
import { judgeDatabase, judgeMigrations } from '../../cli/doctor/judge-database.ts'
import { judgeNode, judgeTemporalPackages } from '../../cli/doctor/judge-packages.ts'
import { judgePorts } from '../../cli/doctor/judge-ports.ts'
import { judgeQuarantine, judgeRotations } from '../../cli/doctor/judge-secrets.ts'
import { judgeAbsorbed, judgeNamespace } from '../../cli/doctor/judge-temporal.ts'
import type { ExitCode } from '../../cli/exit-codes.ts'
import type { Source } from '../../providers/source.ts'
import { inspectDatabase } from '../../storage/inspect-database.ts'
import { inspectMigrations } from '../../storage/inspect-migrations.ts'
import { seenSecretSlots } from '../../storage/secret-slots.ts'
import { countAbsorbed } from '../../temporal/count-absorbed.ts'
import { inspectNamespace } from '../../temporal/setup.ts'
import { loadUserCode, migrationsFolder } from '../installation/load-user-code.ts'
import { findWorkflowBundle } from '../installation/workflow-bundle.ts'
import { type Installation, type LoadedConfig, loadConfig, loadInstallation } from '../load-config.ts'
import { temporalVersions } from '../process/package-version.ts'
import { portUses } from '../process/port-uses.ts'
import { databaseUrl, userDatabaseUrl, withPool } from '../process/postgres.ts'
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
  let sources: Source[] = []
  const secrets = await examine('sources', async () => {
    const installation = await loadInstallation(settings, environment)
    sources = installation.sources
    return judgeSources(installation)
  })
  const packages = judgeTemporalPackages(temporalVersions(loaded.root))
  let routes: string | undefined
  const code = await examine('code', async () => {
    const { activities, routes: table } = await loadUserCode(loaded)
    findWorkflowBundle(loaded)
    routes = table.hash
    return [ok('code', `${table.routes.length} routes, ${Object.keys(activities.policies).length} activities`)]
  })
  const database = await examine('postgres', () => examineDatabase(settings, loaded, { routes, sources }))
  const quarantine = judgeQuarantine(settings.sealing.codecKey !== undefined)
  return [ok('configuration', settings.process.configFile), ...secrets, quarantine, packages, ...code, ...database]
}

function judgeSources({ sources, warnings }: Installation): Finding[] {
  const doubts = warnings.map((sentence) => warning('secrets', 'one looks wrong', sentence))
  return [ok('sources', `${sources.length}, with all that they refer to`), ...doubts]
}

async function examineDatabase(
  settings: Settings,
  loaded: LoadedConfig,
  { routes, sources }: { routes: string | undefined; sources: readonly Source[] },
): Promise<Finding[]> {
  const appMigrations = migrationsFolder(loaded)
  const hasOwn = userDatabaseUrl(settings) !== databaseUrl(settings)
  const engine = await withPool(settings, async (pool) => {
    const report = await inspectDatabase(pool, hasOwn ? undefined : appMigrations)
    const seen = report.migrations.applied > 0 ? await seenSecretSlots(pool) : []
    return [...judgeDatabase(report, routes), ...judgeRotations(sources, seen)]
  })
  return hasOwn ? [...engine, await examineUserDatabase(settings, appMigrations)] : engine
}

const examineUserDatabase = (settings: Settings, appMigrations: string | undefined): Promise<Finding> =>
  withPool(
    settings,
    async (pool) =>
      judgeMigrations(await inspectMigrations(pool, appMigrations, 'ledger'), 'migrations for activities'),
    userDatabaseUrl(settings),
  )

const COUNT_DEADLINE_MS = 10_000

const examineTemporal = (environment: Environment): Promise<Finding[]> =>
  withTemporal(temporalTarget(environment), async ({ client, connection, namespace }) => {
    const report = await inspectNamespace(connection, namespace)
    const absorbed = report.exists ? [judgeAbsorbed(await countAbsorbed(client, COUNT_DEADLINE_MS))] : []
    return [...judgeNamespace(report, namespace), ...absorbed]
  })
