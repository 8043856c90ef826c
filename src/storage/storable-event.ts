import { derivedEventId, eventKey, sha256, signedKey } from './event-key.ts'
import type { IncomingEvent, StorableEvent } from './inbox.ts'
import { isStorableText } from './storable-text.ts'

/** Longest event ID, type or entity ID that is kept as it came. */
const MAX_TEXT = 1024

/** The event with its identities; parked, where it could not be stored as it came. */
export const toStorable = (event: IncomingEvent): StorableEvent => admissible(withIdentity(event))

function withIdentity(event: IncomingEvent): StorableEvent {
  const bodyHash = sha256(event.body)
  return {
    ...event,
    bodyHash,
    key: eventKey(event.source, event.eventId),
    ...(!event.idSigned && { signedKey: signedKey(event.source, bodyHash) }),
  }
}

/**
 * The event if its texts can be stored, else the same event parked under an ID derived from its body. Decided before the
 * event joins a flush, where one bad text would fail its neighbours.
 */
function admissible(event: StorableEvent): StorableEvent {
  const texts = [
    event.eventId,
    event.type,
    event.entity?.kind,
    event.entity?.id,
    event.apiVersion,
    event.account,
    event.deliveryId,
    ...Object.entries(event.headers).flat(),
  ]
  const bad = texts.find((text) => text !== undefined && (!isStorableText(text) || text.length > MAX_TEXT * 8))
  const long = [event.eventId, event.type, event.entity?.id].some((text) => (text?.length ?? 0) > MAX_TEXT)
  if (bad === undefined && !long) return event
  return parkedUnderDerivedId(event, bad === undefined ? 'text_too_long' : 'text_not_storable')
}

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
    ...(event.signedKey !== undefined && { signedKey: event.signedKey }),
    receiptId: event.receiptId,
    secretSlot: event.secretSlot,
  }
}
