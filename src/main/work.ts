import type { Client } from '@temporalio/client'
import type { ExitCode } from '../cli/exit-codes.ts'
import { takeOverRoutes } from '../dispatcher/deploy-routes.ts'
import { reportDepths } from '../dispatcher/report-depths.ts'
import type { RouteTable } from '../dispatcher/route-table.ts'
import type { Source } from '../providers/source.ts'
import { reportCoverage } from '../reconciliation/report-coverage.ts'
import { reportPartitions } from '../retention/report-partitions.ts'
import { ping } from '../storage/ping.ts'
import { resumeFailedRoutes } from '../storage/route-pauses.ts'
import { type Pool, createPool } from '../storage/pool.ts'
import { type Logger, createLogger } from '../telemetry/logger.ts'
import { type Metrics, createMetrics } from '../telemetry/metrics.ts'
import type { TemporalTarget } from '../temporal/connection.ts'
import { countAbsorbed } from '../temporal/count-absorbed.ts'
import { ensureSchedules } from '../temporal/schedules.ts'
import { installRuntime, toTemporalLogger } from '../temporal/runtime.ts'
import { inspectNamespace } from '../temporal/setup.ts'
import { type EngineOptions, startEngine } from './engine.ts'
import { RECONCILE_SCHEDULES, scheduleSpecs } from './engine/schedules.ts'
import { codeFingerprint } from './installation/code-fingerprint.ts'
import { loadUserCode } from './installation/load-user-code.ts'
import { workflowBundle } from './installation/workflow-bundle.ts'
import { type Installation, loadInstallation } from './load-config.ts'
import { keyringOf } from './process/keyring.ts'
import { startMetricsServer } from './process/metrics-server.ts'
import { metricsPorts } from './process/ports.ts'
import { databaseUrl, explainPostgres, userDatabaseUrl } from './process/postgres.ts'
import { runUntilSignal } from './process/run-until-signal.ts'
import type { Teardown } from './process/teardown.ts'
import { reachForWorker, temporalTarget, withTemporal } from './process/temporal.ts'
import { type Environment, readSettings } from './settings.ts'
import type { Settings } from './settings/settings-table.ts'

/** `posthorn work`: dispatches events to Temporal and runs their workflows and activities until a signal ends it. */
export async function work(environment: Environment): Promise<ExitCode> {
  const settings = readSettings(environment, 'work')
  const installation = await loadInstallation(settings, environment)
  const logger = createLogger({ level: settings.process.logLevel, name: 'worker' })
  return runUntilSignal({
    logger,
    shutdownTimeoutMs: settings.process.shutdownTimeoutMs,
    start: (teardown) => startWorker({ settings, installation, target: temporalTarget(environment), logger, teardown }),
  })
}

interface WorkerParts {
  settings: Settings
  installation: Installation
  target: TemporalTarget
  logger: Logger
  teardown: Teardown
}

async function startWorker(parts: WorkerParts): Promise<{ done: Promise<void> }> {
  const { settings, installation, target, logger, teardown } = parts
  // Everything that can be wrong with the code itself, before anything is opened.
  const { routes, activities } = await loadUserCode(installation)
  const bundle = await workflowBundle(installation, activities.policies, toTemporalLogger(logger))
  const metrics = createMetrics({ of: 'worker' })
  const pools = await openPools(parts)
  const build = await codeFingerprint(installation)
  const keyring = keyringOf(settings)
  const temporal = await openTemporal(parts)
  const metricsServer = await startMetricsServer({
    registry: metrics.registry,
    place: metricsPorts(settings).work,
    refresh: () => readFigures({ pool: pools.enginePool, ...temporal, ...installation, metrics }),
  })
  teardown.add('metrics', metricsServer.close)

  const engine = await startEngine({
    ...temporal,
    ...pools,
    ...tuning(settings),
    databaseUrl: databaseUrl(settings),
    retention: settings.retention,
    sources: new Map(installation.sources.map((source) => [source.id, source])),
    routes,
    takeOver: () => takeOver(parts, { pool: pools.enginePool, client: temporal.client, routes, build }),
    build,
    activities,
    userSettings: installation.userSettings,
    isProduction: settings.process.isProduction,
    workflowBundle: bundle,
    metrics,
    logger,
    ...(keyring !== undefined && { keyring }),
  })
  // Added last, so stopped first: the dispatcher, then the workers, while all that they need is still there.
  teardown.add('engine', engine.stop)
  const { address, namespace } = target
  logger.info({ temporal: address, namespace, routes: routes.hash, metrics: metricsServer.url }, 'worker.running')
  return { done: engine.done }
}

interface Takeover {
  pool: Pool
  client: Client
  routes: RouteTable
  build: string
}

/** The older program must not take over again, lift what the newer one's failures have paused, or define its schedules. */
async function takeOver(parts: WorkerParts, { pool, client, routes, build }: Takeover): Promise<void> {
  const { logger } = parts
  const deployment = await takeOverRoutes(pool, routes)
  if (deployment === undefined) return
  if (deployment.deployed) logger.info(deployment, 'routes.deployed')
  const resumed = await resumeFailedRoutes(pool, build)
  if (resumed.length > 0) logger.info({ handlers: resumed, build }, 'routes.resumed_by_deployment')
  await keepSchedules(parts, client)
}

interface Figures {
  pool: Pool
  client: Client
  sources: readonly Source[]
  metrics: Metrics
}

/** Prometheus waits for the answer. */
const SCRAPE_DEADLINE_MS = 1_500

/** What Temporal knows comes first: it matters most while Postgres is away. */
async function readFigures({ pool, client, sources, metrics }: Figures): Promise<void> {
  await countAbsorbed(client, SCRAPE_DEADLINE_MS).then(
    (count) => metrics.absorbedWaiting.set(count),
    () => undefined,
  )
  await reportDepths(pool, metrics)
  await reportPartitions(pool, metrics)
  await reportCoverage(pool, { metrics, sources })
}

async function openPools({ settings, logger, teardown }: WorkerParts): Promise<{ enginePool: Pool; userPool: Pool }> {
  const open = async (name: string, url: string, max: number): Promise<Pool> => {
    const onError = (error: Error): void => logger.warn({ err: error }, 'postgres.connection_lost')
    const pool = createPool({ url, max, name, onError })
    teardown.add(name, () => pool.end())
    await ping(pool).catch((error: unknown) => {
      throw explainPostgres(error, url)
    })
    return pool
  }
  const { engineConnections, userConnections } = settings.postgres
  return {
    enginePool: await open('posthorn-engine', databaseUrl(settings), engineConnections),
    userPool: await open('posthorn-user', userDatabaseUrl(settings), userConnections),
  }
}

type TemporalParts = Pick<EngineOptions, 'client' | 'connection' | 'namespace' | 'withSearchAttributes'>

async function openTemporal({ settings, target, logger, teardown }: WorkerParts): Promise<TemporalParts> {
  const report = await withTemporal(target, ({ connection, namespace }) => inspectNamespace(connection, namespace))
  const { host, port } = metricsPorts(settings).temporal
  installRuntime({ logger, metricsAddress: `${host}:${port}` })
  const { client, connection } = await reachForWorker(target)
  teardown.add('temporal', () => connection.close())
  const lacking = [...report.missing, ...report.mistyped]
  if (lacking.length > 0) logger.warn({ lacking }, 'search_attributes.left_out')
  return { client, connection, namespace: target.namespace, withSearchAttributes: lacking.length === 0 }
}

/** A worker that may not touch schedules is a worker nevertheless. */
async function keepSchedules({ installation, logger }: WorkerParts, client: Client): Promise<void> {
  try {
    const { created, removed } = await ensureSchedules(client, scheduleSpecs(installation.sources), RECONCILE_SCHEDULES)
    if (created.length + removed.length > 0) logger.info({ created, removed }, 'schedules.changed')
  } catch (error) {
    logger.error({ err: error }, 'schedules.not_ensured')
  }
}

/** What an operator may turn, in the engine's words. */
function tuning({
  worker,
  dispatcher,
  deadLetters,
}: Settings): Pick<
  EngineOptions,
  'pauseRouteAbovePercent' | 'outageLimitMs' | 'slots' | 'dispatcher' | 'sweep' | 'deadLetters'
> {
  return {
    pauseRouteAbovePercent: dispatcher.pauseRouteAbovePercent,
    outageLimitMs: worker.outageLimitMs,
    slots: {
      workflowTasks: worker.workflowSlots,
      activities: worker.activitySlots,
      localActivities: worker.localActivitySlots,
      cachedWorkflows: worker.cachedWorkflows,
      shutdownGraceMs: worker.shutdownGraceMs,
    },
    dispatcher: {
      maxInFlight: dispatcher.inFlight,
      leaseMs: dispatcher.leaseMs,
      pollMs: dispatcher.pollEveryMs,
      checkAfterMs: dispatcher.checkRunAfterMs,
    },
    sweep: {
      everyMs: dispatcher.sweepEveryMs,
      checkEveryMs: dispatcher.checkRunAfterMs,
      stuck: { afterTasks: dispatcher.stuckAfterTasks, giveUpAfterMs: dispatcher.stuckTimeoutMs },
    },
    deadLetters: { warning: deadLetters.warning, critical: deadLetters.critical, growth: deadLetters.growth },
  }
}
