import { VerificationError } from '../../domain/errors.ts'
import { eventBytes, parseJsonOrForm } from '../form-fields.ts'
import { identifiedEvent } from '../identified-event.ts'
import { dateOf, idOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { subjectOf } from './subject.ts'

/**
 * Reads a status report or an inbound SMS, which come as a query, an event of the Conversations API, or one of the Bird platform.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const bytes = eventBytes(request)
  const subject = subjectOf(parseJsonOrForm(bytes))
  if (subject === undefined) {
    throw new VerificationError('malformed_body', { message: 'The event states neither a type nor a status.' })
  }
  const { type, idParts, entity, time } = subject
  return [
    identifiedEvent({
      id: textOf(idParts.flatMap((part) => idOf(part) ?? []).join(':')),
      type,
      entity,
      occurredAt: dateOf(time),
      deliveryId: textOf(request.headers['messagebird-request-id']),
      part: request.body.length === 0 ? bytes : undefined,
    }),
  ]
}
