import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { archiveRecording, fetchRecording, keepTranscript, transcribe } = activities()

/** A recording is ready: keep a copy, and write down what was said. It may be large, and its URL comes from outside. */
export const teamConnectRecordingCompleted = eventWorkflow('team-connect/call.recording.completed', async (event) => {
  const recording = await fetchRecording(event)
  if (recording === undefined) return ignored('call is gone')
  const { callId, url } = recording
  const isKept = await archiveRecording(event, { callId, url })
  const transcript = await transcribe(event, url)
  if (transcript !== null) await keepTranscript({ callId, transcript })
  return isKept || transcript !== null ? processed() : ignored('neither archive nor transcription is configured')
})
