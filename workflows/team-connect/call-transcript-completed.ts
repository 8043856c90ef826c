import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { analyseTranscript, fetchTranscript, indexTranscript, recordAnalysis } = activities()

/** A transcript is ready: say what the call was like, and make it findable by what was said. */
export const teamConnectTranscriptCompleted = eventWorkflow('team-connect/call.transcript.completed', async (event) => {
  const transcript = await fetchTranscript(event)
  if (transcript === undefined) return ignored('call is gone')
  const analysis = await analyseTranscript(event, transcript)
  if (analysis !== null) await recordAnalysis({ callId: transcript.callId, ...analysis })
  const isIndexed = await indexTranscript(event, transcript, analysis)
  return isIndexed || analysis !== null ? processed() : ignored('neither analysis nor search is configured')
})
