import { type Family, type SampleBook, wholeSeconds } from '../sample.ts'

const NUMBERS = { recipient: '31612345678', originator: '31622222222' }

/** A status report. It comes as a query elsewhere; the fields are the same in a form. */
const report: Family = ({ id, now }, status) =>
  new URLSearchParams({
    id,
    reference: 'order-17',
    recipient: NUMBERS.recipient,
    status,
    statusDatetime: wholeSeconds(now).replace('Z', '+00:00'),
  })

const inbound: Family = ({ id, now }) =>
  new URLSearchParams({
    id,
    ...NUMBERS,
    body: 'On my way.',
    createdDatetime: wholeSeconds(now).replace('Z', '+00:00'),
  })

const conversation: Family = ({ id, now }, name) => ({
  type: `conversation.${name}`,
  conversation: {
    id,
    contactId: 'a621095fa44947a28b441cfdf85cb802',
    status: 'active',
    createdDatetime: now.toISOString(),
    updatedDatetime: now.toISOString(),
  },
})

const conversationMessage: Family = ({ id, now, random }, name) => {
  const conversationId = random.hex(32)
  return {
    type: `message.${name}`,
    conversation: { id: conversationId, status: 'active' },
    message: {
      id,
      conversationId,
      channelId: random.hex(32),
      platform: 'sms',
      direction: name === 'created' ? 'received' : 'sent',
      status: name === 'created' ? 'received' : 'delivered',
      type: 'text',
      content: { text: 'On my way.' },
      from: `+${NUMBERS.recipient}`,
      to: `+${NUMBERS.originator}`,
      createdDatetime: now.toISOString(),
      updatedDatetime: now.toISOString(),
    },
  }
}

const named =
  (family: Family, name: string): Family =>
  (facts) =>
    family(facts, name)

/** The Bird platform: `channels.sms.inbound`. */
const bird =
  (channel: string): Family =>
  ({ id, now, random }, direction) => ({
    service: 'channels',
    event: `${channel}.${direction}`,
    payload: {
      id,
      channelId: random.uuid(),
      direction: direction === 'inbound' ? 'incoming' : 'outgoing',
      status: 'delivered',
      body: { type: 'text', text: { text: 'On my way.' } },
      createdAt: now.toISOString(),
      updatedAt: now.toISOString(),
    },
  })

export const samples: SampleBook = {
  newId: (random) => random.hex(32),
  families: {
    message: report,
    'message.received': inbound,
    'message.created': named(conversationMessage, 'created'),
    'message.updated': named(conversationMessage, 'updated'),
    conversation,
    'channels.email': bird('email'),
    'channels.sms': bird('sms'),
    'channels.whatsapp': bird('whatsapp'),
  },
}
