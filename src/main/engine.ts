import type { Client } from '@temporalio/client'
import type { NativeConnection, Worker } from '@temporalio/worker'
import { type RunCloser, createRunCloser } from '../dispatcher/close-runs.ts'
import { type DispatcherSettings, createDispatcher } from '../dispatcher/dispatcher.ts'
import type { RouteTable } from '../dispatcher/route-table.ts'
import { startSweep } from '../dispatcher/sweep.ts'
import { createCanonicalReaders } from '../mirror/canonical-readers.ts'
import { createMirrorEntity } from '../mirror/mirror-entity.ts'
import type { Source } from '../providers/source.ts'
import type { Pool } from '../storage/pool.ts'
import { listenForWakeUps } from '../storage/wake-up.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createActivityInterceptors } from '../temporal/activity-interceptor.ts'
import { createEngineActivities } from '../temporal/engine-activities.ts'
import { type WorkerSlots, createEventWorker } from '../temporal/event-worker.ts'
import { SYSTEM_TASK_QUEUE } from '../temporal/task-queues.ts'
import { type UserActivities, createActivityDependencies } from '../temporal/user-activities.ts'
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
  activities: UserActivities
  workflowBundle: { code: string } | { codePath: string }
  /** Whether the namespace knows the search attributes: a start with an unknown one is refused. */
  withSearchAttributes: boolean
  slots: WorkerSlots
  /** Of the engine's own workflows. An installation has a namespace to itself; whoever shares one needs another name here. */
  systemTaskQueue?: string
  dispatcher: DispatcherSettings
  sweep: { everyMs: number; checkEveryMs: number }
  metrics: Metrics
  logger: Logger
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
  const closer = createRunCloser({ pool, metrics, logger })
  const workers = await createWorkers(options, closer)
  const done = Promise.all(workers.map((worker) => worker.run())).then(() => undefined)
  const dispatcher = createDispatcher({ ...options, pool, closeRun: closer.close, settings: options.dispatcher })
  const stopListening = listenForWakeUps(options.databaseUrl, dispatcher.wake)
  const stopSweep = startSweep({ pool, client, closeRun: closer.close, logger, ...options.sweep })
  return {
    done,
    workers,
    async stop() {
      await Promise.all([dispatcher.stop(), stopListening(), stopSweep()])
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown()
      await done
      await closer.drain()
    },
  }
}

/** One worker for each task queue that a source names, and one for the engine's own workflows. */
function createWorkers(options: EngineOptions, closer: RunCloser): Promise<Worker[]> {
  const { sources, enginePool: pool, userPool, logger } = options
  const readers = createCanonicalReaders(sources)
  const onHalt = (source: string, count: number) => logger.error({ source, count }, 'tombstones.halted')
  const activities = {
    ...options.activities.create(createActivityDependencies({ userPool, enginePool: pool, readers })),
    ...createEngineActivities({
      recordOutcome: closer.record,
      mirrorEntity: createMirrorEntity({ pool, sources, readers, onHalt }),
    }),
  }
  const interceptors = { activity: [createActivityInterceptors(options.activities.policies)] }
  const taskQueues = new Set([...sources.values()].map((source) => source.taskQueue))
  const systemActivities = createSystemActivities({ ...options, pool })
  return Promise.all([
    ...[...taskQueues].map((taskQueue) => createEventWorker({ ...options, taskQueue, activities, interceptors })),
    createEventWorker({
      ...options,
      taskQueue: options.systemTaskQueue ?? SYSTEM_TASK_QUEUE,
      activities: systemActivities,
      interceptors,
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
