import type { Client } from '@temporalio/client'

export const replayWorkflowId = (id: string): string => `replay/${id}`

export interface ReplayStart {
  id: string
  /** What the Temporal UI shows of it. */
  summary: string
  taskQueue: string
}

/**
 * Sees to it that a workflow takes the replay on: one that runs already is left alone. Where it stands is in Postgres, so a
 * workflow that was terminated is made good by another one.
 */
export async function startReplay(client: Client, { id, summary, taskQueue }: ReplayStart): Promise<void> {
  await client.workflow.start('posthornReplayMany', {
    workflowId: replayWorkflowId(id),
    taskQueue,
    args: [id],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: summary.slice(0, 100),
  })
}
