import { eventActivity } from 'posthorn/workflow'

/** An agent did something: what it was stands in the event alone. */
export const teamConnectAgentAction = eventActivity('team-connect/agent.action.completed', 'logAgentAction', {
  mode: 'edge',
})
