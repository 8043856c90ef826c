import { VerificationError } from '../../domain/errors.ts'
import type { EntityRef } from '../../domain/event.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { dateOf, idOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'

/**
 * An event is about its resource, of the kind that `resource_type` names. Its ID is only as good as a checksum: what is signed for good
 * is the transmission, so that another body under a transmission that is known does not run.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const event = parseJsonBody(request.body)
  const type = textOf(event['event_type'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body states no event type.' })
  return [
    identifiedEvent({
      id: textOf(event['id']),
      type,
      entity: entityOf(event),
      occurredAt: dateOf(textOf(event['create_time'])),
      apiVersion: textOf(event['resource_version']) ?? textOf(event['event_version']),
      signedAs: textOf(request.headers['paypal-transmission-id']),
    }),
  ]
}

/** Resources of older APIs keep their ID in a place of their own. */
function entityOf(event: JsonObject): EntityRef | undefined {
  const kind = textOf(event['resource_type'])
  const resource = objectOf(event['resource'])
  const id =
    idOf(resource['id']) ??
    idOf(resource['dispute_id']) ??
    idOf(resource['payout_item_id']) ??
    idOf(objectOf(resource['batch_header'])['payout_batch_id']) ??
    idOf(objectOf(resource['invoice'])['id'])
  return kind !== undefined && id !== undefined ? { kind, id } : undefined
}
