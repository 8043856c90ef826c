import type { Client } from '@temporalio/client'
import type { NativeConnection, Worker } from '@temporalio/worker'
import { type RunCloser, createRunCloser } from '../dispatcher/close-runs.ts'
import { type DeadLetterThresholds, startDeadLetterAlarm } from '../dispatcher/dead-letter-alarm.ts'
import { type DispatcherSettings, createDispatcher } from '../dispatcher/dispatcher.ts'
import { type FailureRecorder, createFailureRecorder } from '../dispatcher/failure-recorder.ts'
import { createRouteGates } from '../dispatcher/route-gates.ts'
import type { RouteTable } from '../dispatcher/route-table.ts'
import type { StuckPolicy } from '../dispatcher/stuck-run.ts'
import { startSweep } from '../dispatcher/sweep.ts'
import { createCanonicalReaders } from '../mirror/canonical-readers.ts'
import { createMirrorEntity } from '../mirror/mirror-entity.ts'
import { createFetchUrl } from '../payload-urls/fetch-url.ts'
import { type ProviderAccess, createProviderAccess } from '../provider-access/provider-access.ts'
import type { Source } from '../providers/source.ts'
import type { RetentionDays } from '../retention/retention.ts'
import type { Keyring } from '../sealing/keyring.ts'
import type { Pool } from '../storage/pool.ts'
import { listenForWakeUps } from '../storage/wake-up.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createEngineActivities } from '../temporal/engine-activities.ts'
import { type WorkerSlots, createEventWorker } from '../temporal/event-worker.ts'
import { SYSTEM_TASK_QUEUE } from '../temporal/task-queues.ts'
import { type UserActivities, createActivityDependencies } from '../temporal/user-activities.ts'
import { createWaitActivities } from '../temporal/wait-activities.ts'
import { interceptorsOf } from './engine/activity-interceptors.ts'
import { createSystemActivities } from './engine/system-activities.ts'

export interface EngineOptions {
  client: Client
  connection: NativeConnection
  namespace: string
  /** For LISTEN, which needs a connection of its own. */
  databaseUrl: string
  enginePool: Pool
  userPool: Pool
  sources: ReadonlyMap<string, Source>
  routes: RouteTable
  /** Awaited when everything is made that may fail to be, and before any of it runs: from then on this program is the one in charge. */
  takeOver: () => Promise<void>
  /** Names the code that runs: a route that paused itself is resumed by another. */
  build: string
  /** More dead runs than this among a route's last ones pause it; 100 never does. */
  pauseRouteAbovePercent: number
  /** How long an outage may keep an activity waiting. Milliseconds. */
  outageLimitMs: number
  activities: UserActivities
  /** What the activities are handed of the configuration. */
  userSettings: Readonly<Record<string, string>>
  isProduction: boolean
  workflowBundle: { code: string } | { codePath: string }
  /** Whether the namespace knows the search attributes: a start with an unknown one is refused. */
  withSearchAttributes: boolean
  slots: WorkerSlots
  /** Of the engine's own workflows. An installation has a namespace to itself; whoever shares one needs another name here. */
  systemTaskQueue?: string
  dispatcher: DispatcherSettings
  sweep: { everyMs: number; checkEveryMs: number; stuck: StuckPolicy }
  deadLetters: DeadLetterThresholds
  retention: RetentionDays
  metrics: Metrics
  logger: Logger
  /** Opens what the receiver sealed; undefined where the installation has no key. */
  keyring?: Keyring
}

export interface Engine {
  /** Resolves after `stop`; rejects when a worker failed for good: end the process, its supervisor starts it anew. */
  readonly done: Promise<void>
  readonly workers: readonly Worker[]
  /** The dispatcher first, so that nothing new is started; then the workers, which finish what they hold; then its outcomes. */
  stop(): Promise<void>
}

/** Everything that `posthorn work` runs, over connections that its caller opens and closes. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { logger, metrics, enginePool: pool, client } = options
  const { build, pauseRouteAbovePercent: deadPercent, systemTaskQueue = SYSTEM_TASK_QUEUE } = options
  const routeGates = createRouteGates({ pool, build, deadPercent, metrics, logger })
  const closer = createRunCloser({ pool, onClosed: routeGates.onClosed, metrics, logger })
  const closeRun = closer.close
  const access = createProviderAccess({ pool, metrics, logger })
  const failures = createFailureRecorder({ pool, metrics, logger })
  const workers = await createWorkers({ ...options, systemTaskQueue }, { closer, failures, access })
  await options.takeOver()
  const runs = workers.map((worker) => worker.run())
  const dispatcher = createDispatcher({
    ...options,
    ...{ pool, routeGates, closeRun, settings: options.dispatcher },
  })
  const stopListening = listenForWakeUps(options.databaseUrl, dispatcher.wake)
  const stopSweep = startSweep({ pool, client, systemTaskQueue, closeRun, metrics, logger, ...options.sweep })
  const stopAlarm = startDeadLetterAlarm({ pool, metrics, logger, thresholds: options.deadLetters })
  async function stopWorkers(): Promise<void> {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
    // Also after one of them has failed: the others still need what the caller closes next.
    await Promise.allSettled(runs)
  }
  return {
    done: Promise.all(runs).then(() => undefined),
    workers,
    async stop() {
      // The workers do not wait for the rest: what they hold has its time to end from now on.
      const workersStopped = dispatcher.stop().then(stopWorkers)
      await Promise.all([workersStopped, stopListening(), stopSweep(), stopAlarm()])
      await Promise.all([closer.drain(), failures.drain()])
    },
  }
}

interface WorkerParts {
  closer: RunCloser
  failures: FailureRecorder
  access: ProviderAccess
}

/** One worker for each task queue that a source names, and one for the engine's own workflows. */
function createWorkers(options: EngineOptions & { systemTaskQueue: string }, parts: WorkerParts): Promise<Worker[]> {
  const { sources, enginePool: pool, userPool, logger } = options
  const { closer, failures, access } = parts
  const readers = createCanonicalReaders(sources, access)
  const onHalt = (source: string, count: number) => logger.error({ source, count }, 'tombstones.halted')
  const activities = {
    ...options.activities.create(
      createActivityDependencies({
        ...{ userPool, enginePool: pool, readers },
        ...{ fetchUrl: createFetchUrl({ ...options, access }), settings: options.userSettings },
      }),
    ),
    ...createEngineActivities({
      recordOutcome: closer.record,
      mirrorEntity: createMirrorEntity({ pool, sources, readers, onHalt }),
    }),
    ...createWaitActivities(pool),
  }
  const createOne = (worker: { taskQueue: string; activities: object; slots: WorkerSlots }): Promise<Worker> =>
    createEventWorker({ ...options, ...worker, interceptors: interceptorsOf(options, failures, worker) })
  const taskQueues = new Set([...sources.values()].map((source) => source.taskQueue))
  const systemActivities = createSystemActivities({ ...options, pool, access })
  return Promise.all([
    ...[...taskQueues].map((taskQueue) => createOne({ taskQueue, activities, slots: options.slots })),
    createOne({
      taskQueue: options.systemTaskQueue,
      activities: systemActivities,
      slots: systemSlots(options),
    }),
  ])
}

/** Few: the engine's own work must leave the machine to the events. */
const systemSlots = ({ slots }: EngineOptions): WorkerSlots => ({
  ...slots,
  workflowTasks: 4,
  activities: 8,
  localActivities: 4,
  cachedWorkflows: 20,
})
