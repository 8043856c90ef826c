import type { IdentifiedEvent, WebhookRequest } from '../providers/provider.ts'
import type { Source, SourceSecret } from '../providers/source.ts'
import { derivedEventId, sha256 } from '../storage/event-key.ts'
import type { IncomingEvent } from '../storage/inbox.ts'
import { storedHeaders } from './webhook-request.ts'

/** A request whose signature held. */
export interface VerifiedRequest {
  source: Source
  request: WebhookRequest
  secretSlot: SourceSecret['slot']
  receiptId: string
  receivedAt: Date
  remoteIp?: string
}

const DAY_MS = 24 * 60 * 60 * 1_000
/** Providers state times in whole seconds, by clocks of their own: an event this close to the connection is not history. */
const CLOCK_TOLERANCE_MS = 10_000

/** The events of a request as the inbox takes them. One without an ID gets one that a redelivery of the same bytes gets, too. */
export function toIncomingEvents(
  verified: VerifiedRequest,
  envelopes: readonly IdentifiedEvent[],
  retentionDays: number,
): IncomingEvent[] {
  const common = commonFields(verified)
  const notBefore = baseline(verified, retentionDays)
  return envelopes.map((envelope, index) => {
    const eventId = envelope.id || derivedEventId(sha256(verified.request.body)) + (index === 0 ? '' : `#${index}`)
    // Spreads would be nicer, and cost several times as much: this is on the way of every answer.
    const event: IncomingEvent = Object.assign({ eventId }, common, envelope)
    if (isBefore(event.occurredAt, notBefore)) event.hold = { state: 'ignored', reason: 'baseline' }
    return event
  })
}

/** Verified bytes whose envelope cannot be read: kept under an ID of their own, and never run as they are. */
export function toParkedEvent(verified: VerifiedRequest, code: string, detail: string): IncomingEvent {
  return {
    ...commonFields(verified),
    eventId: derivedEventId(sha256(verified.request.body)),
    // The ID comes of the signed bytes. They must not count as this event only: with the right headers they are a genuine one.
    idSigned: true,
    type: 'unknown',
    hold: { state: 'parked', reason: code, detail },
  }
}

function commonFields({ source, request, ...rest }: VerifiedRequest): Omit<IncomingEvent, 'eventId' | 'type'> {
  return {
    source: source.id,
    provider: source.provider.name,
    idSigned: source.provider.idSigned,
    ...(source.tenant !== undefined && { tenant: source.tenant }),
    ...(source.account !== undefined && { account: source.account }),
    mirror: source.mirror,
    headers: storedHeaders(request.headers, source.secrets),
    body: request.body,
    receiptId: rest.receiptId,
    ...(rest.remoteIp !== undefined && { remoteIp: rest.remoteIp }),
    secretSlot: rest.secretSlot,
  }
}

/** Older events are history, or older than the keys that would show whether they are known. */
function baseline({ source, receivedAt }: VerifiedRequest, retentionDays: number): number {
  const connectedAt = source.connectedAt?.getTime() ?? -Infinity
  return Math.max(connectedAt - CLOCK_TOLERANCE_MS, receivedAt.getTime() - retentionDays * DAY_MS)
}

const isBefore = (occurredAt: Date | undefined, time: number): boolean =>
  occurredAt !== undefined && occurredAt.getTime() < time
