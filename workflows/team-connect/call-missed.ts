import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { fetchLiveCall, promiseCallback, queueCallback } = activities()

/** Nobody answered: somebody will call back, and the caller hears so. */
export const teamConnectCallMissed = eventWorkflow('team-connect/call.missed', async (event) => {
  const call = await fetchLiveCall(event)
  if (!call?.from) return ignored('there is nobody to call back')
  if (call.answered_at) return ignored('call was answered after all')
  await queueCallback({ about: call.call_id, number: call.from, why: 'missed call' })
  await promiseCallback(call.from)
  return processed()
})
