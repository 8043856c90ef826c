import { VerificationError } from '../../domain/errors.ts'
import { identifiedEvent } from '../identified-event.ts'
import { isJsonObject, parseJsonBody, parseJsonValue, type JsonObject } from '../json-body.ts'
import { dateOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { splitJsonArray } from '../split-json-array.ts'

/**
 * One event for each element of the batch, also of an element alone as it is stored.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const body = parseJsonValue(request.body)
  if (isJsonObject(body)) return [eventOf(body)]
  return splitJsonArray(request.body).map((part) => ({ ...eventOf(parseJsonBody(part)), part }))
}

function eventOf(element: JsonObject): IdentifiedEvent {
  const type = textOf(element['event'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'An event states no type.' })
  const message = textOf(element['sg_message_id'])
  return identifiedEvent({
    id: textOf(element['sg_event_id']),
    type,
    entity: message === undefined ? undefined : { kind: 'message', id: message },
    occurredAt: dateOf(element['timestamp']),
  })
}
