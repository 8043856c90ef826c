import { CommandError, type ExitCode } from '../cli/exit-codes.ts'
import type { Source } from '../providers/source.ts'
import { createReceiver } from '../receiver/receiver.ts'
import { createInbox } from '../storage/inbox.ts'
import { inspectMigrations } from '../storage/inspect-migrations.ts'
import { ensurePartitions } from '../storage/partitions.ts'
import { ping } from '../storage/ping.ts'
import { type Pool, createPool } from '../storage/pool.ts'
import { createReceiptLog } from '../storage/receipts.ts'
import { registerSources } from '../storage/sources.ts'
import { createWakeUp } from '../storage/wake-up.ts'
import { type Logger, createLogger } from '../telemetry/logger.ts'
import { type Metrics, createMetrics } from '../telemetry/metrics.ts'
import { type Installation, loadInstallation } from './load-config.ts'
import { explainListen } from './process/explain-listen.ts'
import { startMetricsServer } from './process/metrics-server.ts'
import { metricsPorts, receiverPort } from './process/ports.ts'
import { databaseUrl, explainPostgres } from './process/postgres.ts'
import { runUntilSignal } from './process/run-until-signal.ts'
import type { Teardown } from './process/teardown.ts'
import { toReceiverSettings } from './receiver-settings.ts'
import { type Environment, readSettings } from './settings.ts'
import type { Settings } from './settings/settings-table.ts'

const PARTITIONS_EVERY_MS = 3_600_000

/** `posthorn serve`: takes webhooks in until a signal ends it. It knows neither Temporal nor workflow code. */
export async function serve(environment: Environment): Promise<ExitCode> {
  const settings = readSettings(environment, 'serve')
  const installation = await loadInstallation(settings, environment)
  const logger = createLogger({ level: settings.process.logLevel, name: 'receiver' })
  for (const warning of installation.warnings) logger.warn({ detail: warning }, 'config.doubtful')
  return runUntilSignal({
    logger,
    shutdownTimeoutMs: settings.process.shutdownTimeoutMs,
    start: async (teardown) => {
      await startReceiver({ settings, installation, logger, teardown })
      return {}
    },
  })
}

interface ReceiverParts {
  settings: Settings
  installation: Installation
  logger: Logger
  teardown: Teardown
}

async function startReceiver({ settings, installation, logger, teardown }: ReceiverParts): Promise<void> {
  const metrics = createMetrics()
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
  teardown.add('partitions', keepPartitions(pool, logger))
  const metricsServer = await startMetricsServer({ registry: metrics.registry, place: metricsPorts(settings).serve })
  teardown.add('metrics', metricsServer.close)

  const receiver = createReceiver({
    sources,
    ...createIntake(pool, metrics, logger),
    metrics,
    logger,
    settings: receiverSettings,
    health: [{ name: 'postgres', required: true, check: () => ping(pool) }],
  })
  const place = receiverPort(settings)
  const port = await receiver.listen().catch(async (error: unknown) => {
    throw await explainListen(error, place)
  })
  // Added last, so stopped first: it answers what is in flight and drains the inbox while all else is still there.
  teardown.add('receiver', receiver.close)
  logger.info(
    { address: place.host, port, metrics: metricsServer.url, sources: sources.map(({ id }) => id) },
    'receiver.listening',
  )
}

function createIntake(pool: Pool, metrics: Metrics, logger: Logger) {
  return {
    inbox: createInbox({
      pool,
      onCommitted: createWakeUp(pool),
      onFlush: ({ events }) => metrics.flushEvents.observe(events),
    }),
    receipts: createReceiptLog(pool, (count, error) => {
      metrics.receiptsDropped.inc(count)
      logger.warn({ count, err: error }, 'receipts.dropped')
    }),
  }
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
  const rows = sources.map(({ provider, ...source }) => ({ ...source, provider: provider.name }))
  const connectedAt = await registerSources(pool, rows)
  return sources.map((source) => {
    const since = connectedAt.get(source.id)
    return since === undefined ? source : { ...source, connectedAt: since }
  })
}

/** Partitions reach two weeks ahead, so that a failed round is no trouble before its next. Returns how to stop. */
function keepPartitions(pool: Pool, logger: Logger): () => Promise<void> {
  let running = Promise.resolve()
  const timer = setInterval(() => {
    running = ensurePartitions(pool).catch((error: unknown) => logger.error({ err: error }, 'partitions.failed'))
  }, PARTITIONS_EVERY_MS)
  return () => {
    clearInterval(timer)
    return running
  }
}
