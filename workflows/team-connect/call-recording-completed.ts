import { eventActivity } from 'posthorn/workflow'

/** A recording is ready: keep a copy. It may be large, and its URL comes from outside. */
export const teamConnectRecordingCompleted = eventActivity('team-connect/call.recording.completed', 'archiveRecording')
