import { type ActivityOptions, proxyActivities } from '@temporalio/workflow'
import { type EventRef, type Outcome, isOutcome, processed } from '../../domain/event.ts'
import { callActivity } from '../../kit/activity-proxies.ts'
import { ACTIVITY_POLICIES } from '../../kit/activity-policy.ts'
import type { EngineActivities } from '../engine-activities.ts'

const { providerRead } = ACTIVITY_POLICIES

const READ: ActivityOptions = {
  startToCloseTimeout: providerRead.startToCloseMs,
  scheduleToCloseTimeout: providerRead.scheduleToCloseMs,
  retry: { initialInterval: providerRead.initialMs, maximumInterval: providerRead.maximumMs, backoffCoefficient: 2 },
}

/** Runs the one activity that a route names. */
export async function posthornActivity(event: EventRef): Promise<Outcome> {
  const outcome = await callActivity(event.handler, [event])
  return isOutcome(outcome) ? outcome : processed()
}

/** Brings the mirror of the event's entity up to date. */
export async function posthornMirror(event: EventRef): Promise<Outcome> {
  const { posthornMirrorEntity } = proxyActivities<EngineActivities>({
    ...READ,
    ...(event.entity && { summary: `${event.entity.kind} ${event.entity.id}` }),
  })
  return posthornMirrorEntity(event)
}
