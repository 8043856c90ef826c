import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { fetchRecording, openTicket, transcribe } = activities()

/** Somebody spoke to the machine: what they said becomes a ticket. */
export const teamConnectCallVoicemail = eventWorkflow('team-connect/call.voicemail', async (event) => {
  const voicemail = await fetchRecording(event)
  if (voicemail === undefined) return ignored('call is gone')
  const { callId, customer, url } = voicemail
  await openTicket({ callId, customer, transcript: await transcribe(event, url) })
  return processed()
})
