import { type Family, type SampleBook, seconds, wholeSeconds } from '../sample.ts'

const PARTIES = { to: '447700900000', from: '447700900001' }

/** The SMS API writes UTC without saying so. */
const smsTime = (at: Date): string => wholeSeconds(at).replace('T', ' ').replace('Z', '')

const sms: Family = ({ id, now }, status) => ({
  msisdn: PARTIES.from,
  to: PARTIES.to,
  messageId: id,
  'message-timestamp': smsTime(now),
  timestamp: String(seconds(now)),
  ...(status === 'received'
    ? { type: 'text', text: 'On my way.', keyword: 'ON' }
    : {
        status,
        'err-code': status === 'delivered' ? '0' : '1',
        'network-code': '23410',
        price: '0.03330000',
        scts: '2601011200',
      }),
})

const message: Family = ({ id, now }, status) => ({
  message_uuid: id,
  ...PARTIES,
  timestamp: wholeSeconds(now),
  ...(status === 'received'
    ? { channel: 'whatsapp', message_type: 'text', text: 'On my way.' }
    : { channel: 'sms', status, usage: { currency: 'EUR', price: '0.0333' } }),
})

const call: Family = ({ id, now, random }, status) => ({
  ...PARTIES,
  uuid: id,
  conversation_uuid: `CON-${random.uuid()}`,
  status,
  direction: 'inbound',
  timestamp: now.toISOString(),
  ...(status === 'completed' && { duration: '15', rate: '0.01000000', price: '0.00250000', network: '23410' }),
})

const recording: Family = ({ id, now, random }) => ({
  start_time: wholeSeconds(new Date(now.getTime() - 60_000)),
  recording_url: `https://api.nexmo.com/v1/files/${random.uuid()}`,
  size: 12_222,
  recording_uuid: id,
  end_time: wholeSeconds(now),
  conversation_uuid: `CON-${random.uuid()}`,
  timestamp: now.toISOString(),
})

const verify: Family = ({ id, now }, type) => ({
  request_id: id,
  type,
  status: 'completed',
  ...(type === 'event' ? { channel: 'sms', triggered_at: now.toISOString() } : { finalized_at: now.toISOString() }),
  submitted_at: now.toISOString(),
})

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: { sms, message, call, recording, verify },
}
