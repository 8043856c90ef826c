import type { Client } from '@temporalio/client'

/** Events that were acknowledged and that Temporal still holds for the inbox. Rejects when the answer takes longer than `deadlineMs`. */
export async function countAbsorbed(client: Client, deadlineMs: number): Promise<number> {
  const { count } = await client.withDeadline(Date.now() + deadlineMs, () =>
    client.workflow.count(`WorkflowType = 'posthornAbsorb' AND ExecutionStatus = 'Running'`),
  )
  return count
}
