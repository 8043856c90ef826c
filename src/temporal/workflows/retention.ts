import { proxyActivities } from '@temporalio/workflow'
import type { RetentionActivities } from '../retention-activities.ts'

const { posthornRetainPartitions, posthornRetainPayloads, posthornRetainEvents } = proxyActivities<RetentionActivities>(
  {
    // With all its tries, and however long a database that is unable keeps it waiting: then it is the turn of the next part, and what
    // is left is for the next run.
    scheduleToCloseTimeout: '1 hour',
    // Longer than the longest statement: a detachment waits for every older transaction.
    heartbeatTimeout: '6 minutes',
  },
)

/** Brings what is stored to the end of its time. A part that fails, or takes too long, does not keep the others from their work. */
export async function posthornRetention(): Promise<void> {
  const failures: unknown[] = []
  for (const retain of [posthornRetainPartitions, posthornRetainPayloads, posthornRetainEvents]) {
    await retain().catch((error: unknown) => failures.push(error))
  }
  if (failures.length > 0) throw failures[0]
}
