import { derivedEventId, eventKey, sha256, signedKey } from './event-key.ts'
import type { IncomingEvent, StorableEvent } from './inbox.ts'
import { isStorableText } from './storable-text.ts'

/** Longest event ID, type or entity ID that is kept as it came, and longest text of any other kind; headers have Node's bound. */
const MAX_IDENTITY = 1_024
const MAX_TEXT = 8_192

/**
 * The event with its identities computed, or parked under an ID derived from its body where a text of it cannot be stored.
 * Decided before the event joins a flush, where one bad text would fail its neighbours.
 */
export function toStorable(event: IncomingEvent): StorableEvent {
  const bodyHash = sha256(event.body)
  // A spread would be nicer, and costs nine times as much: this is on the way of every answer.
  const storable: StorableEvent = Object.assign({ key: eventKey(event.source, event.eventId), bodyHash }, event)
  if (!event.idSigned) storable.signedKey = signedKey(event.source, event.signedAs ?? bodyHash)
  const problem = textProblem(event)
  return problem === undefined ? storable : parkedUnderDerivedId(storable, problem)
}

function textProblem(event: IncomingEvent): 'text_not_storable' | 'text_too_long' | undefined {
  const { eventId, type, entity, headers } = event
  if (eventId.length > MAX_IDENTITY || type.length > MAX_IDENTITY) return 'text_too_long'
  if (entity !== undefined && entity.id.length > MAX_IDENTITY) return 'text_too_long'
  for (const text of [eventId, type, entity?.kind, entity?.id, event.apiVersion, event.account, event.deliveryId]) {
    if (text !== undefined && !isStorable(text)) return 'text_not_storable'
  }
  for (const name in headers) {
    if (!isStorableText(name) || !isStorableText(headers[name] as string)) return 'text_not_storable'
  }
  return undefined
}

const isStorable = (text: string): boolean => text.length <= MAX_TEXT && isStorableText(text)

/** What is left of an event when something of its envelope cannot be kept: its bytes, and why. */
export function parkedUnderDerivedId(event: StorableEvent, code: string): StorableEvent {
  const eventId = derivedEventId(event.bodyHash)
  return {
    source: event.source,
    provider: event.provider,
    eventId,
    idSigned: event.idSigned,
    type: 'unknown',
    hold: {
      state: 'parked',
      reason: code,
      detail: 'A text of the envelope cannot be stored; the body holds the original.',
    },
    mirror: false,
    headers: {},
    body: event.body,
    bodyHash: event.bodyHash,
    key: eventKey(event.source, eventId),
    receiptId: event.receiptId,
    ...(event.receivedAt !== undefined && { receivedAt: event.receivedAt }),
    secretSlot: event.secretSlot,
  }
}
