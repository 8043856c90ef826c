import { proxyActivities } from '@temporalio/workflow'
import type { RetentionActivities } from '../retention-activities.ts'

const { posthornRetainPartitions, posthornRetainPayloads, posthornRetainEvents } = proxyActivities<RetentionActivities>(
  {
    startToCloseTimeout: '6 hours',
    // Longer than the longest statement: a detachment waits for every older transaction.
    heartbeatTimeout: '6 minutes',
  },
)

/** Brings what is stored to the end of its time. A part that fails does not keep the others from their work. */
export async function posthornRetention(): Promise<void> {
  const failures: unknown[] = []
  for (const retain of [posthornRetainPartitions, posthornRetainPayloads, posthornRetainEvents]) {
    await retain().catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}
