import { VerificationError } from '../../domain/errors.ts'
import { eventBytes, parseJsonOrForm } from '../form-fields.ts'
import { identifiedEvent } from '../identified-event.ts'
import type { JsonObject } from '../json-body.ts'
import { dateOf, idOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { subjectOf } from './subject.ts'

/**
 * Vonage gives events no ID: it is composed of what the event is about, what happened, and its own time where a step may repeat.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const bytes = eventBytes(request)
  const event = parseJsonOrForm(bytes)
  const subject = subjectOf(event)
  if (subject === undefined) {
    throw new VerificationError('malformed_body', { message: 'The body names nothing that Vonage has events about.' })
  }
  const { kind, id, what, distinction = [] } = subject
  return [
    identifiedEvent({
      id: [id, what, ...distinction].flatMap((part) => idOf(part) ?? []).join(':'),
      type: kind === 'conversation' ? what : `${kind}.${what}`,
      entity: id === undefined ? undefined : { kind, id },
      occurredAt: occurredAt(event),
      account: textOf(event['api-key']),
      part: request.body.length === 0 ? bytes : undefined,
    }),
  ]
}

/** The SMS API writes UTC without saying so. */
function occurredAt(event: JsonObject): Date | undefined {
  const time = textOf(event['message-timestamp'])
  return time === undefined ? dateOf(event['timestamp'] ?? event['triggered_at']) : dateOf(`${time.replace(' ', 'T')}Z`)
}
