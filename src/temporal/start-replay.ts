import type { Client } from '@temporalio/client'
import { SYSTEM_TASK_QUEUE } from './task-queues.ts'

export const replayWorkflowId = (id: string): string => `replay/${id}`

/**
 * Sees to it that a workflow takes the replay on: one that runs already is left alone. Where it stands is in Postgres, so a
 * workflow that was terminated is made good by another one.
 */
export async function startReplay(client: Client, id: string, summary: string): Promise<void> {
  await client.workflow.start('posthornReplayMany', {
    workflowId: replayWorkflowId(id),
    taskQueue: SYSTEM_TASK_QUEUE,
    args: [id],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: summary.slice(0, 150),
  })
}
