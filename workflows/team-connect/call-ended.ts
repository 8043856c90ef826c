import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { fetchCall, recordCall } = activities()

/** A call ended: its record needs the customer, whom only the API knows. */
export const teamConnectCallEnded = eventWorkflow('team-connect/call.ended', async (event) => {
  const call = await fetchCall(event)
  if (call === undefined) return ignored('call is gone')
  await recordCall(call)
  return processed()
})
