import { baselineBefore, isBaseline } from '../domain/baseline.ts'
import type { IdentifiedEvent, WebhookRequest } from '../providers/provider.ts'
import type { Source, SourceSecret } from '../providers/source.ts'
import { derivedEventId, sha256 } from '../storage/event-key.ts'
import type { IncomingEvent } from '../storage/inbox.ts'
import { lasting } from '../storage/same-content.ts'
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

/**
 * The events of a request as the inbox takes them, each with bytes of its own where the request carries several. One without an ID
 * gets one that its redelivery gets, too, in whatever company it comes.
 */
export function toIncomingEvents(
  verified: VerifiedRequest,
  envelopes: readonly IdentifiedEvent[],
  retentionDays: number,
): IncomingEvent[] {
  const common = commonFields(verified)
  const { source, receivedAt: now } = verified
  const baseline = baselineBefore({ connectedAt: source.connectedAt, now, retentionDays })
  return envelopes.map((envelope, index) => {
    const eventId = envelope.id || derivedId(verified, envelope, index)
    // Spreads would be nicer, and cost several times as much: this is on the way of every answer.
    const event: IncomingEvent = Object.assign({ eventId }, common, envelope)
    if (envelope.part !== undefined) event.body = envelope.part
    if (isBaseline(event.occurredAt, baseline)) event.hold = { state: 'ignored', reason: 'baseline' }
    return event
  })
}

function derivedId({ source, request }: VerifiedRequest, { part }: IdentifiedEvent, index: number): string {
  const id = derivedEventId(lastingHash(part ?? request.body, source.provider.volatile))
  return part === undefined && index > 0 ? `${id}#${index}` : id
}

/** Of what the provider does not mark at every delivery: otherwise each retry would be an event of its own. */
function lastingHash(bytes: Buffer, volatile: readonly string[] | undefined): Buffer {
  const content = volatile && lasting(bytes, volatile)
  return sha256(content === undefined ? bytes : JSON.stringify(content))
}

/** Verified bytes whose envelope cannot be read: kept under an ID of their own, and never run as they are. */
export function toParkedEvent(verified: VerifiedRequest, code: string, detail: string): IncomingEvent {
  const body = signedBytes(verified.request)
  return {
    ...commonFields(verified),
    body,
    eventId: derivedEventId(sha256(body)),
    // The ID comes of the signed bytes. They must not count as this event only: with the right headers they are a genuine one.
    idSigned: true,
    type: 'unknown',
    hold: { state: 'parked', reason: code, detail },
  }
}

/** A request without a body, as a GET is, says all in its query; parked by its body, the first of them would hide every other. */
const signedBytes = ({ body, url }: WebhookRequest): Buffer =>
  body.length > 0 ? body : Buffer.from(url.split('?').slice(1).join('?'))

function commonFields({ source, request, ...rest }: VerifiedRequest): Omit<IncomingEvent, 'eventId' | 'type'> {
  return {
    source: source.id,
    provider: source.provider.name,
    idSigned: source.provider.idSigned,
    ...(source.provider.volatile !== undefined && { volatile: source.provider.volatile }),
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
