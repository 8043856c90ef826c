import { eventActivity } from 'posthorn/workflow'

/** A machine gave the call to a person, who should know what it is about. */
export const teamConnectAgentHandoff = eventActivity('team-connect/agent.handoff', 'handOver')
