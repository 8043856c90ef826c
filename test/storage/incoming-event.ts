import { randomUUID } from 'node:crypto'
import type { IncomingEvent } from '../../src/storage/inbox.ts'

/** A verified event as the receiver hands it over; every call makes another one. */
export function incomingEvent(overrides: Partial<IncomingEvent> = {}): IncomingEvent {
  const eventId = overrides.eventId ?? `evt_${randomUUID()}`
  return {
    source: 'shop',
    provider: 'stripe',
    eventId,
    idSigned: true,
    type: 'invoice.paid',
    mirror: false,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ id: eventId, type: 'invoice.paid' })),
    receiptId: randomUUID(),
    secretSlot: 'current',
    ...overrides,
  }
}
