import type { Fields } from '../step.ts'
import { type Family, type SampleBook, seconds } from '../sample.ts'

/** By event, what it says beside what all say. */
const OWN: Readonly<Record<string, Fields>> = {
  processed: { send_at: 0 },
  delivered: { response: '250 OK' },
  deferred: { response: '400 try again later', attempt: '5' },
  bounce: { reason: '500 unknown recipient', status: '5.0.0', type: 'bounce' },
  dropped: { reason: 'Bounced Address', status: '5.0.0' },
  open: { ip: '192.0.2.7', useragent: 'Mozilla/5.0' },
  click: { ip: '192.0.2.7', useragent: 'Mozilla/5.0', url: 'https://example.com/offers' },
  spamreport: {},
  unsubscribe: {},
  group_unsubscribe: { ip: '192.0.2.7', useragent: 'Mozilla/5.0', asm_group_id: 10 },
  group_resubscribe: { ip: '192.0.2.7', useragent: 'Mozilla/5.0', asm_group_id: 10 },
}

/** A batch of one. */
const batch =
  (event: string, own: Fields): Family =>
  ({ id, now, random }) => [
    {
      email: 'ada@example.com',
      timestamp: seconds(now),
      'smtp-id': `<${random.hex(12)}@ismtpd-555>`,
      event,
      category: ['receipt'],
      sg_event_id: id,
      sg_message_id: `${random.token(22)}.filter0001.16648.${random.hex(9).toUpperCase()}.0`,
      ...own,
    },
  ]

export const samples: SampleBook = {
  newId: (random) => random.token(22),
  families: Object.fromEntries(Object.entries(OWN).map(([event, own]) => [event, batch(event, own)])),
}
