import type { Fields } from '../step.ts'
import { type Family, type SampleBook, type SampleFacts, each } from '../sample.ts'

const ORGANIZATION = '47a530f8-4362-4526-829b-bcee17fd9f7a'

const event =
  (family: string, payload: (facts: SampleFacts, name: string) => Fields): Family =>
  (facts, name) => ({
    data: {
      record_type: 'event',
      event_type: `${family}.${name}`,
      id: facts.id,
      occurred_at: facts.now.toISOString(),
      payload: { organization_id: ORGANIZATION, ...payload(facts, name) },
    },
    meta: { attempt: 1, delivered_to: 'https://hooks.example.com/webhooks/telnyx' },
  })

const message = ({ random }: SampleFacts, name: string): Fields => ({
  id: random.uuid(),
  record_type: 'message',
  direction: name === 'received' ? 'inbound' : 'outbound',
  type: 'SMS',
  messaging_profile_id: '83d2343b-553f-4c5f-b8c8-fd27004f94bf',
  from: { phone_number: '+13125000000', carrier: 'Telnyx', line_type: 'Wireless' },
  to: [
    {
      phone_number: '+13125550100',
      carrier: 'T-MOBILE USA, INC.',
      status: name === 'finalized' ? 'delivered' : 'queued',
    },
  ],
  text: 'On my way.',
  parts: 1,
  errors: [],
})

const call = ({ random }: SampleFacts, name: string): Fields => ({
  call_control_id: `v3:${random.token(54)}`,
  call_leg_id: random.uuid(),
  call_session_id: random.uuid(),
  connection_id: random.digits(19),
  from: '+35319605860',
  to: '+35319605861',
  ...(name === 'hangup' && { hangup_cause: 'normal_clearing', hangup_source: 'caller', state: 'hangup' }),
  ...(name === 'recording.saved' && { recording_urls: { mp3: 'https://api.telnyx.com/recordings/sample.mp3' } }),
})

const fax = ({ random }: SampleFacts, name: string): Fields => ({
  fax_id: random.uuid(),
  connection_id: random.digits(19),
  from: '+35319605860',
  to: '+35319605861',
  status: name,
})

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: {
    ...each('message', event('message', message)),
    ...each('call', event('call', call)),
    ...each('fax', event('fax', fax)),
  },
}
