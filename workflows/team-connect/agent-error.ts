import { eventActivity } from 'posthorn/workflow'

/** An agent failed in the middle of a call: log it, and tell whoever is on call. */
export const teamConnectAgentError = eventActivity('team-connect/agent.error', 'raiseAgentError', { mode: 'edge' })
