import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { WAKE_SIGNAL } from '../domain/waits.ts'
import { markTold, untoldAnswers } from '../storage/approvals.ts'
import type { Pool } from '../storage/pool.ts'
import type { Claim } from '../storage/queue.ts'
import { waitersFor } from '../storage/waits.ts'
import type { Logger } from '../telemetry/logger.ts'

const DEADLINE_MS = 5_000
const BATCH = 100
/** So many mean that Temporal is away. */
const FAILURES_IN_A_ROW = 3

interface WakeOptions {
  pool: Pool
  client: Client
}

/**
 * Wakes the runs that wait for a claimed event. Once the event has left the queue nobody comes back to it, so a run that could not be
 * woken fails the claim.
 * @throws whatever kept Temporal from taking a signal.
 */
export async function wakeWaiters({ pool, client }: WakeOptions, claim: Claim): Promise<void> {
  for (const workflowId of await waitersFor(pool, claim.event)) await wake(client, workflowId)
}

/** Wakes the runs whose questions people have answered. One that cannot be woken is left for the next time, and keeps no other from it. */
export async function wakeAnswered({ pool, client, logger }: WakeOptions & { logger: Logger }): Promise<void> {
  let failures = 0
  for (const { id, workflowId } of await untoldAnswers(pool, BATCH)) {
    try {
      await wake(client, workflowId)
      await markTold(pool, id)
      failures = 0
    } catch (error) {
      logger.warn({ workflowId, error: (error as Error).message }, 'answer.not_told')
      failures += 1
    }
    if (failures === FAILURES_IN_A_ROW) return
  }
}

/** A run that is closed needs no waking. */
async function wake(client: Client, workflowId: string): Promise<void> {
  try {
    await client.withDeadline(Date.now() + DEADLINE_MS, () => client.workflow.getHandle(workflowId).signal(WAKE_SIGNAL))
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error
  }
}
