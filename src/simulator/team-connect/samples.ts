import type { Fields } from '../step.ts'
import { type Family, type SampleBook, type SampleFacts } from '../sample.ts'

const API = 'https://api.team-connect.co.uk'
const PARTIES = { from: '+441632960123', to: '+441632960456' }

/** By what happened to a call, what is known of it by then. */
const STEPS: Readonly<Record<string, (facts: SampleFacts, call: string) => Fields>> = {
  ended: ({ now }) => ({ duration_seconds: 187, completed_at: now.toISOString() }),
  missed: ({ now }) => ({ duration_seconds: 0, completed_at: now.toISOString() }),
  voicemail: (_facts, call) => ({ recording_url: `${API}/recordings/${call}.wav` }),
  'recording.completed': (_facts, call) => ({ recording_url: `${API}/recordings/${call}.wav` }),
  'transcript.completed': (_facts, call) => ({ transcript_url: `${API}/transcripts/${call}.json` }),
}

const callId = ({ random }: SampleFacts): string => `call_${random.token(11).toLowerCase()}`

function call(facts: SampleFacts, name: string): Fields {
  const id = callId(facts)
  return { call_id: id, ...PARTIES, ...STEPS[name]?.(facts, id) }
}

const sms = ({ random }: SampleFacts, name: string): Fields => ({
  sms_id: `sms_${random.token(11).toLowerCase()}`,
  ...PARTIES,
  text: 'On my way.',
  status: name,
  ...(name === 'failed' && { error: 'unreachable' }),
})

const agent = (facts: SampleFacts, name: string): Fields => ({
  call_id: callId(facts),
  agent_id: `agent_${facts.random.hex(6)}`,
  ...(name === 'error' ? { error: 'The calendar did not answer.' } : { action: 'booking' }),
})

const event =
  (family: string, data: (facts: SampleFacts, name: string) => Fields): Family =>
  (facts, name) => ({
    id: facts.id,
    type: `${family}.${name}`,
    created_at: facts.now.toISOString(),
    api_version: '2026-04-01',
    data: data(facts, name),
  })

export const samples: SampleBook = {
  newId: (random) => `evt_${random.hex(32)}`,
  families: { call: event('call', call), sms: event('sms', sms), agent: event('agent', agent) },
}
