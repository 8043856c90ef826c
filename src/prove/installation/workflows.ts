import type { ActivityTypes } from 'posthorn/activity'
import { activities, eventActivity, eventWorkflow, fail, processed } from 'posthorn/workflow'
import { isPoisoned, POISONED } from '../poison.ts'

const { applyEffect, readState } = activities() as unknown as ActivityTypes<typeof import('./activities.ts')>

/** Two steps, so that a kill can fall between them. */
export const proveStripe = eventWorkflow('stripe/*', async (event) => {
  if (isPoisoned(event.eventId)) fail(POISONED, 'This event is here to fail.')
  await readState(event)
  await applyEffect(event)
  return processed()
})

export const proveGithub = eventWorkflow('github/*', async (event) => {
  if (isPoisoned(event.eventId)) fail(POISONED, 'This event is here to fail.')
  await applyEffect(event)
  return processed()
})

export const proveTeamConnect = eventActivity('team-connect/*', 'applyEffect')
export const proveOrders = eventActivity('standard-webhooks/*', 'applyEffect')
