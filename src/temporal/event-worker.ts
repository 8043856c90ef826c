import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'

export interface EventWorkerOptions {
  connection: NativeConnection
  namespace: string
  taskQueue: string
  workflowBundle: { code: string } | { codePath: string }
  activities: object
  interceptors: WorkerOptions['interceptors']
  slots: WorkerSlots
}

/** How much a worker does at once. Every figure is stated: the SDK's defaults are made for other machines. */
export interface WorkerSlots {
  workflowTasks: number
  activities: number
  localActivities: number
  cachedWorkflows: number
  /** How long running activities may finish after a stop is asked for. Milliseconds. */
  shutdownGraceMs: number
}

/** A worker of one task queue. The interceptor of outcomes is in the bundle already. */
export function createEventWorker(options: EventWorkerOptions): Promise<Worker> {
  const { slots } = options
  return Worker.create({
    connection: options.connection,
    namespace: options.namespace,
    taskQueue: options.taskQueue,
    workflowBundle: options.workflowBundle,
    activities: options.activities,
    ...(options.interceptors && { interceptors: options.interceptors }),
    maxConcurrentWorkflowTaskExecutions: slots.workflowTasks,
    maxConcurrentActivityTaskExecutions: slots.activities,
    maxConcurrentLocalActivityExecutions: slots.localActivities,
    maxCachedWorkflows: slots.cachedWorkflows,
    workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 2, initial: 5, maximum: 50 },
    activityTaskPollerBehavior: { type: 'autoscaling', minimum: 1, initial: 2, maximum: 20 },
    // The default of 0 cancels running activities on every deploy.
    shutdownGraceTime: slots.shutdownGraceMs,
    shutdownForceTime: slots.shutdownGraceMs + 15_000,
  })
}
