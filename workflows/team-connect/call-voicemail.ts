import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { fetchLiveCall, openTicket, transcribe } = activities()

/** Somebody spoke to the machine: what they said becomes a ticket. */
export const teamConnectCallVoicemail = eventWorkflow('team-connect/call.voicemail', async (event) => {
  const call = await fetchLiveCall(event)
  if (!call?.recording_url) return ignored('voicemail is gone')
  const transcript = await transcribe(event, call.recording_url)
  await openTicket({ callId: call.call_id, customer: call.customer_id ?? null, transcript })
  return processed()
})
