import { VerificationError } from '../../domain/errors.ts'
import type { EntityRef } from '../../domain/event.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { dateOf, idOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'

/**
 * Reads an event of API v2. `meta` around it counts the attempts, so that two deliveries of an event are not the same bytes.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  return [envelopeOf(objectOf(parseJsonBody(request.body)['data']))]
}

/** The envelope of what Telnyx calls an event, in a webhook or in its list of deliveries. */
export function envelopeOf(event: JsonObject): IdentifiedEvent {
  const type = textOf(event['event_type'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body states no event type.' })
  const payload = objectOf(event['payload'])
  return identifiedEvent({
    id: textOf(event['id']),
    type,
    entity: entityOf(type, payload),
    occurredAt: dateOf(event['occurred_at']),
    account: textOf(payload['organization_id']),
  })
}

/** By the first part of the type, the field that names what it is about. Everything else names itself by record type and ID. */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ['call', 'call_control_id'],
  ['conference', 'conference_id'],
  ['fax', 'fax_id'],
])

function entityOf(type: string, payload: JsonObject): EntityRef | undefined {
  const [family = ''] = type.split('.', 1)
  const field = NAMED_BY.get(family)
  const kind = field === undefined ? textOf(payload['record_type']) : family
  const id = idOf(payload[field ?? 'id'])
  return kind !== undefined && id !== undefined ? { kind, id } : undefined
}
