import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { unknownActivity } from './unknown-activity.ts'

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
    // By this name the SDK knows what to run for all that has no other.
    activities: { ...options.activities, default: unknownActivity },
    ...(options.interceptors && { interceptors: options.interceptors }),
    maxConcurrentWorkflowTaskExecutions: slots.workflowTasks,
    maxConcurrentActivityTaskExecutions: slots.activities,
    maxConcurrentLocalActivityExecutions: slots.localActivities,
    maxCachedWorkflows: slots.cachedWorkflows,
    workflowTaskPollerBehavior: workflowPollers(slots.workflowTasks),
    activityTaskPollerBehavior: { type: 'autoscaling', minimum: 1, initial: 2, maximum: 20 },
    // The default of 0 cancels running activities on every deploy.
    shutdownGraceTime: slots.shutdownGraceMs,
    shutdownForceTime: slots.shutdownGraceMs + 15_000,
  })
}

/**
 * A poller holds a slot while it waits, and there are two kinds of them: for new runs, and for those in this worker's cache. Left to
 * themselves, the latter took 36 of 40 slots in a backlog and left the new runs two. So each kind gets a quarter, and half is for work.
 */
export function workflowPollers(slots: number): {
  type: 'autoscaling'
  minimum: number
  initial: number
  maximum: number
} {
  const maximum = Math.max(2, Math.floor(slots / 4))
  return { type: 'autoscaling', minimum: 2, initial: Math.min(5, maximum), maximum }
}
