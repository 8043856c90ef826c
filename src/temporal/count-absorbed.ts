import type { Client } from '@temporalio/client'

/** Somebody may wait for the answer. */
const DEADLINE_MS = 1_500

/** Events that were acknowledged and that Temporal still holds for the inbox. */
export async function countAbsorbed(client: Client): Promise<number> {
  const { count } = await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflow.count(`WorkflowType = 'posthornAbsorb' AND ExecutionStatus = 'Running'`),
  )
  return count
}
