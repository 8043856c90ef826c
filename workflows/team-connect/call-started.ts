import { eventActivity } from 'posthorn/workflow'

/** A call begins: put the caller before whoever takes it. */
export const teamConnectCallStarted = eventActivity('team-connect/call.started', 'popScreen')
