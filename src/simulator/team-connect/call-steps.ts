import type { Step, Steps } from '../step.ts'

const answer: Step = {
  type: 'call.answered',
  changes: (_call, { now, random }) => ({
    status: 'answered',
    agent_id: `agent_${random.hex(6)}`,
    answered_at: now.toISOString(),
  }),
}

const miss: Step = {
  type: 'call.missed',
  changes: (_call, { now }) => ({ status: 'missed', completed_at: now.toISOString(), duration_seconds: 0 }),
}

const act: Step = {
  type: 'agent.action.completed',
  changes: (_call, { random }) => ({ last_action: random.pick(['booking', 'lookup', 'transfer']) }),
}

const handOff: Step = {
  type: 'agent.handoff',
  changes: (_call, { random }) => ({ agent_id: `human_${random.hex(6)}` }),
}

const end = (type: string): Step => ({
  type,
  changes: (_call, { now, random }) => ({
    status: 'ended',
    completed_at: now.toISOString(),
    duration_seconds: random.integer(8, 1800),
  }),
})

const record: Step = {
  type: 'call.recording.completed',
  changes: (call) => ({
    status: 'recorded',
    recording_url: `https://api.team-connect.co.uk/recordings/${String(call['call_id'])}.wav`,
  }),
}

const transcribe: Step = {
  type: 'call.transcript.completed',
  changes: (call) => ({
    status: 'transcribed',
    transcript_url: `https://api.team-connect.co.uk/transcripts/${String(call['call_id'])}.json`,
  }),
}

const leaveMessage: Step = {
  type: 'call.voicemail',
  changes: (call) => ({
    status: 'voicemail',
    recording_url: `https://api.team-connect.co.uk/recordings/${String(call['call_id'])}.wav`,
  }),
}

/** An ended call goes by two names: the catalogue's, and the one of the samples. */
const ENDS = [end('call.ended'), end('call.ended'), end('call.completed')]

export const CALL_STEPS: Steps = {
  ringing: [answer, answer, answer, miss],
  answered: [...ENDS, ...ENDS, act, handOff],
  ended: [record],
  recorded: [transcribe],
  missed: [leaveMessage],
}

const text = (type: string, status: string): Step => ({
  type,
  changes: () => ({ status }),
})

export const SMS_STEPS: Steps = {
  queued: [text('sms.sent', 'sent')],
  sent: [text('sms.delivered', 'delivered'), text('sms.delivered', 'delivered'), text('sms.failed', 'failed')],
}
