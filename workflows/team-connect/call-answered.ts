import { eventActivity } from 'posthorn/workflow'

/** Somebody answered: the session begins. */
export const teamConnectCallAnswered = eventActivity('team-connect/call.answered', 'openSession')
