import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { WAKE_SIGNAL } from '../domain/waits.ts'
import { markTold, untoldAnswers } from '../storage/approvals.ts'
import type { Pool } from '../storage/pool.ts'
import type { Claim } from '../storage/queue.ts'
import { waitersFor } from '../storage/waits.ts'

const DEADLINE_MS = 5_000
const BATCH = 100

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

/** Wakes the runs whose questions people have answered. */
export async function wakeAnswered({ pool, client }: WakeOptions): Promise<void> {
  for (const { id, workflowId } of await untoldAnswers(pool, BATCH)) {
    await wake(client, workflowId)
    await markTold(pool, id)
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
