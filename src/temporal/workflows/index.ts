import { type EventRef, type Outcome, isOutcome, processed } from '../../domain/event.ts'
import { ACTIVITY_POLICIES } from '../../kit/activity-policy.ts'
import { callUserActivity } from '../../kit/activity-proxies.ts'
import { callActivity } from '../../kit/call-activity.ts'
import type { EngineActivities } from '../engine-activities.ts'

export { posthornAbsorb } from './absorb.ts'
export { posthornReconcile } from './reconcile.ts'
export { posthornReplayMany } from './replay-many.ts'
export { posthornRetention } from './retention.ts'

/** Runs the one activity that a route names. */
export async function posthornActivity(event: EventRef): Promise<Outcome> {
  const outcome = await callUserActivity(event.handler, [event])
  return isOutcome(outcome) ? outcome : processed()
}

/** Brings the mirror of the event's entity up to date. */
export async function posthornMirror(event: EventRef): Promise<Outcome> {
  const outcome = await callActivity({
    name: 'posthornMirrorEntity' satisfies keyof EngineActivities,
    args: [event],
    policy: ACTIVITY_POLICIES.providerRead,
    ...(event.entity && { summary: `${event.entity.kind} ${event.entity.id}` }),
  })
  if (!isOutcome(outcome)) throw new TypeError('the mirror returned no outcome')
  return outcome
}
