import { CommandError, type ExitCode } from '../cli/exit-codes.ts'
import type { Source } from '../providers/source.ts'
import { createReceiver } from '../receiver/receiver.ts'
import { inspectMigrations } from '../storage/inspect-migrations.ts'
import { ensurePartitions } from '../storage/partitions.ts'
import { type Pool, createPool } from '../storage/pool.ts'
import { trimQuarantine } from '../storage/quarantine.ts'
import { type Logger, createLogger } from '../telemetry/logger.ts'
import { createMetrics } from '../telemetry/metrics.ts'
import { type Installation, loadInstallation } from './load-config.ts'
import { connectSources } from './process/connect-sources.ts'
import { explainListen } from './process/explain-listen.ts'
import { keyringOf } from './process/keyring.ts'
import { startMetricsServer } from './process/metrics-server.ts'
import { metricsPorts, receiverPort } from './process/ports.ts'
import { databaseUrl, explainPostgres } from './process/postgres.ts'
import { runUntilSignal } from './process/run-until-signal.ts'
import type { Teardown } from './process/teardown.ts'
import { toReceiverSettings } from './receiver-settings.ts'
import { type Absorber, createAbsorberOnDemand } from './serve/absorber.ts'
import { createIntake } from './serve/create-intake.ts'
import { type Environment, readSettings } from './settings.ts'
import type { Settings } from './settings/settings-table.ts'

const UPKEEP_EVERY_MS = 3_600_000

/** `posthorn serve`: takes webhooks in until a signal ends it. It knows no workflow code, and Temporal only where a source absorbs. */
export async function serve(environment: Environment): Promise<ExitCode> {
  const settings = readSettings(environment, 'serve')
  const installation = await loadInstallation(settings, environment)
  const logger = createLogger({ level: settings.process.logLevel, name: 'receiver' })
  for (const warning of installation.warnings) logger.warn({ detail: warning }, 'config.doubtful')
  return runUntilSignal({
    logger,
    shutdownTimeoutMs: settings.process.shutdownTimeoutMs,
    start: async (teardown) => {
      await startReceiver({ settings, environment, installation, logger, teardown })
      return {}
    },
  })
}

interface ReceiverParts {
  settings: Settings
  environment: Environment
  installation: Installation
  logger: Logger
  teardown: Teardown
}

async function startReceiver(parts: ReceiverParts): Promise<void> {
  const { settings, installation, logger, teardown } = parts
  const metrics = createMetrics({ of: 'receiver' })
  const receiverSettings = await toReceiverSettings(settings)
  const pool = createPool({
    url: databaseUrl(settings),
    max: settings.postgres.ingestConnections,
    name: 'posthorn-ingest',
    onError: (error) => logger.warn({ err: error }, 'postgres.connection_lost'),
  })
  teardown.add('postgres', () => pool.end())
  const sources = await prepareDatabase(pool, installation.sources).catch((error: unknown) => {
    throw explainPostgres(error, databaseUrl(settings))
  })
  teardown.add('upkeep', keepUp(pool, logger))
  const metricsServer = await startMetricsServer({ registry: metrics.registry, place: metricsPorts(settings).serve })
  teardown.add('metrics', metricsServer.close)

  const absorber = createAbsorberIfAsked(parts)
  const receiver = createReceiver({
    sources,
    ...createIntake({ pool, sources, absorber, keyring: keyringOf(settings), metrics, logger }),
    metrics,
    logger,
    settings: receiverSettings,
  })
  const place = receiverPort(settings)
  const port = await receiver.listen().catch(async (error: unknown) => {
    throw await explainListen(error, place)
  })
  // Added last, so stopped first: it answers what is in flight and drains the inbox while all else is still there.
  teardown.add('receiver', receiver.close)
  // An outage is no time for loading modules.
  absorber?.isUp().catch((error: unknown) => logger.warn({ err: error }, 'absorb.unreachable'))
  logger.info(
    { address: place.host, port, metrics: metricsServer.url, sources: sources.map(({ id }) => id) },
    'receiver.listening',
  )
}

function createAbsorberIfAsked({ settings, environment, installation, teardown }: ReceiverParts): Absorber | undefined {
  const keyring = keyringOf(settings)
  if (keyring === undefined || !installation.sources.some(({ absorb }) => absorb)) return undefined
  const absorber = createAbsorberOnDemand(environment, keyring)
  teardown.add('temporal', absorber.close)
  return absorber
}

/**
 * Checks the schema, makes partitions and the sources known, and returns the sources with when each was connected.
 * @throws CommandError when the database is older than this program.
 */
async function prepareDatabase(pool: Pool, sources: readonly Source[]): Promise<Source[]> {
  const { pending } = await inspectMigrations(pool, undefined)
  if (pending.length > 0) {
    throw new CommandError('failed', `The database lacks ${pending.length} migrations: run \`posthorn migrate\`.`)
  }
  await ensurePartitions(pool)
  return connectSources(pool, sources)
}

/** Partitions reach two weeks ahead, and what is quarantined goes after three days, so that a failed round is no trouble before its next. Returns how to stop. */
function keepUp(pool: Pool, logger: Logger): () => Promise<void> {
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = Promise.all([ensurePartitions(pool), trimQuarantine(pool)])
      .then(() => undefined)
      .catch((error: unknown) => logger.error({ err: error }, 'upkeep.failed'))
  }, UPKEEP_EVERY_MS)
  return () => {
    clearInterval(timer)
    return running
  }
}
