import { activities, eventWorkflow, ignored, processed } from 'posthorn/workflow'

const { archiveRecording, fetchLiveCall, keepTranscript, transcribe } = activities()

/** A recording is ready: keep a copy, and write down what was said. It may be large, and its URL comes from outside. */
export const teamConnectRecordingCompleted = eventWorkflow('team-connect/call.recording.completed', async (event) => {
  const call = await fetchLiveCall(event)
  if (!call?.recording_url) return ignored('recording is gone')
  const isKept = await archiveRecording(event, { callId: call.call_id, url: call.recording_url })
  const transcript = await transcribe(event, call.recording_url)
  if (transcript !== null) await keepTranscript({ callId: call.call_id, transcript })
  return isKept || transcript !== null ? processed() : ignored('neither archive nor transcription is configured')
})
