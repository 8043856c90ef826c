import { CancellationScope, continueAsNew, isCancellation, proxyActivities } from '@temporalio/workflow'
import type { ReplayActivities, ReplayEnd } from '../replay-activities.ts'

/** Activities in one run of the workflow, so that its history stays short however long the replay takes. */
const TURNS = 100

const { posthornAdvanceReplay, posthornCancelReplay } = proxyActivities<ReplayActivities>({
  startToCloseTimeout: '1 minute',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '10 seconds' },
})

/**
 * Replays many events. What was selected and how far it is stands in Postgres, and each step is a transaction there: the workflow
 * only sees to it that somebody takes the steps. Cancelled in Temporal, it waits for the runs that are in flight.
 */
export async function posthornReplayMany(id: string): Promise<ReplayEnd> {
  try {
    return await advance(id)
  } catch (error) {
    if (!isCancellation(error)) throw error
    await CancellationScope.nonCancellable(async () => {
      await posthornCancelReplay(id)
      await advance(id)
    })
    throw error
  }
}

async function advance(id: string): Promise<ReplayEnd> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    const end = await posthornAdvanceReplay(id)
    // Over the wire, undefined arrives as null.
    if (end) return end
  }
  return continueAsNew<typeof posthornReplayMany>(id)
}
