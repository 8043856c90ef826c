import { type Client, ScheduleNotFoundError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client'
import { type ReconcileRequest, backfillId, reconcileId } from '../domain/reconciliation.ts'
import { SYSTEM_TASK_QUEUE } from './task-queues.ts'

/**
 * Starts a reconciliation, or takes hold of the one that goes on. Where it stands is in Postgres: one that was ended is taken up.
 * @throws WorkflowExecutionAlreadyStartedError when another request of a person is under way for this source.
 */
export function startReconcile(client: Client, request: ReconcileRequest): Promise<WorkflowHandle> {
  const { source, asked } = request
  return client.workflow.start('posthornReconcile', {
    workflowId: asked === undefined ? reconcileId(source) : backfillId(source),
    taskQueue: SYSTEM_TASK_QUEUE,
    args: [request],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: asked === undefined ? 'USE_EXISTING' : 'FAIL',
    ...(asked && { staticSummary: `${asked.from} to ${asked.to}` }),
  })
}

/** Asks a person's request to end. False where none is under way: the server takes a request to end what has ended. */
export async function cancelRequest(client: Client, source: string): Promise<boolean> {
  const handle = client.workflow.getHandle(backfillId(source))
  try {
    if ((await handle.describe()).status.name !== 'RUNNING') return false
    await handle.cancel()
    return true
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false
    throw error
  }
}

/** How the schedule of a source stands. */
export interface ScheduleStatus {
  paused: boolean
  note: string | null
  nextAt: Date | null
}

/** Null where the source has no schedule. */
export async function describeSchedule(client: Client, id: string): Promise<ScheduleStatus | null> {
  try {
    const { state, info } = await client.schedule.getHandle(id).describe()
    return { paused: state.paused, note: state.note ?? null, nextAt: info.nextActionTimes[0] ?? null }
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null
    throw error
  }
}
