import { activities, eventWorkflow, processed } from 'posthorn/workflow'
import type { Activities } from './activities.ts'

const { flicker } = activities() as unknown as Activities

/** A bug as they are deployed: no failure of the event, so Temporal tries the code again and again. */
export const toySlip = eventWorkflow('toy/slip', async (event) => {
  const order = new Map<string, { id: string }>().get(event.eventId) as { id: string }
  return order.id === event.eventId ? processed() : processed()
})

export const toyFlicker = eventWorkflow('toy/flicker', async (event) => {
  await flicker(event)
  return processed()
})
