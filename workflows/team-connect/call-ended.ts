import { activities, eventWorkflow, ignored, processed, waitFor } from 'posthorn/workflow'

const { closeCallFile, fetchCall, recordCall } = activities()

/**
 * A call ended: its record needs the customer, whom only the API knows. Where a recording is being made, the file stays open for it:
 * it comes as an event of its own, now, later, or before this one.
 */
export const teamConnectCallEnded = eventWorkflow('team-connect/call.ended', async (event) => {
  const call = await fetchCall(event)
  if (call === undefined) return ignored('call is gone')
  await recordCall(call)
  if (call.recording_status !== 'pending') return processed()
  const entity = { kind: 'call', id: call.call_id }
  const recording = await waitFor({ type: 'call.recording.completed', entity, within: '30 minutes' })
  await closeCallFile({ callId: call.call_id, hasRecording: recording !== undefined })
  return processed()
})
