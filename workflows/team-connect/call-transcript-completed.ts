import { eventActivity } from 'posthorn/workflow'

/** A transcript is ready: make it findable. */
export const teamConnectTranscriptCompleted = eventActivity('team-connect/call.transcript.completed', 'indexTranscript')
