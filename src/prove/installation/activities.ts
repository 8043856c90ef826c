import { Context } from '@temporalio/activity'
import { activity, type EventRef, permanent } from 'posthorn/activity'
import { addEffect, noteTry } from '../../storage/probe.ts'
import { isPoisoned, POISONED } from '../poison.ts'

/** The effect that is counted: once for each event, whatever happens to the processes on the way. */
export const applyEffect = activity('local', ({ db, once }) => async (event: EventRef) => {
  if (isPoisoned(event.eventId)) throw permanent(POISONED, 'This event is here to fail.')
  const { workflowExecution } = Context.current().info
  await noteTry(db, { ...event, runId: workflowExecution?.runId ?? '' })
  await once('prove', '', (tx) => addEffect(tx, event))
})

export const readState = activity('providerRead', ({ canonical }) => async (event: EventRef) => {
  if (event.entity !== undefined) await canonical(event)
})
