import { Context } from '@temporalio/activity'
import type { OnStep, Retention } from '../retention/retention.ts'
import type { ExpiryCursor } from '../storage/expire-rows.ts'

/** The parts of retention as activities. Their names are in recorded histories: they stay. */
export interface RetentionActivities {
  posthornRetainPartitions(): ReturnType<Retention['partitions']>
  posthornRetainPayloads(): ReturnType<Retention['payloads']>
  posthornRetainEvents(): ReturnType<Retention['events']>
}

export const createRetentionActivities = (retention: Retention): RetentionActivities => ({
  posthornRetainPartitions: () => retention.partitions(heartbeat),
  posthornRetainPayloads: () => retention.payloads(heartbeat),
  posthornRetainEvents: () => {
    const reached = Context.current().info.heartbeatDetails as ExpiryCursor | undefined
    return retention.events(heartbeat, reached)
  },
})

/** Shows that the activity lives and how far it is, and ends it where it is when the worker stops. */
const heartbeat: OnStep = (reached) => {
  const { cancellationSignal } = Context.current()
  Context.current().heartbeat(reached)
  cancellationSignal.throwIfAborted()
}
