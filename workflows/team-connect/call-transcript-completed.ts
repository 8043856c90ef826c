import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { analyseTranscript, fetchLiveCall, indexTranscript, recordAnalysis } = activities()

/** A transcript is ready: say what the call was like, and make it findable by what was said. */
export const teamConnectTranscriptCompleted = eventWorkflow('team-connect/call.transcript.completed', async (event) => {
  const call = await fetchLiveCall(event)
  if (!call?.transcript_url) return ignored('transcript is gone')
  const transcript = { callId: call.call_id, url: call.transcript_url }
  const analysis = await analyseTranscript(event, transcript)
  if (analysis !== null) await recordAnalysis({ callId: call.call_id, ...analysis })
  const isIndexed = await indexTranscript(event, transcript, analysis)
  return isIndexed || analysis !== null ? processed() : ignored('neither analysis nor search is configured')
})
