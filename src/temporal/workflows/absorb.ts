import { proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { AbsorbActivities } from '../absorb-activities.ts'

// No limit on attempts: the event was acknowledged, and waits for Postgres as long as that takes.
const { posthornAdmitAbsorbed } = proxyActivities<AbsorbActivities>({ startToCloseTimeout: '30 seconds' })

/** Holds an event that came while Postgres was away, and brings it into the inbox. `sealed` is closed to this code, too. */
export async function posthornAbsorb(sealed: Uint8Array): Promise<void> {
  await posthornAdmitAbsorbed(sealed, workflowInfo().startTime.toISOString())
}
