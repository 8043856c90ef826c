import { VerificationError } from '../../domain/errors.ts'
import type { EntityRef } from '../../domain/event.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'

/**
 * Calendly gives events no ID: the key is what happened, to what, and when.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const body = parseJsonBody(request.body)
  const type = textOf(body['event'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body names no event.' })
  const payload = objectOf(body['payload'])
  const key = [type, textOf(payload['uri']), textOf(body['created_at'])]
  const entity = entityOf(payload)
  return [
    identifiedEvent({
      id: key.includes(undefined) ? undefined : key.join(':'),
      type,
      entity,
      occurredAt: dateOf(body['created_at']),
      deletes: entity !== undefined && type === `${entity.kind}.deleted` ? true : undefined,
    }),
  ]
}

/**
 * What happens to invitees is about their meeting: that is what can be listed. Everything else is about itself, and named by its place in
 * the API: `https://api.calendly.com/event_types/<ID>`.
 */
function entityOf(payload: JsonObject): EntityRef | undefined {
  const uri = textOf(objectOf(payload['scheduled_event'])['uri']) ?? textOf(payload['uri'])
  const [, collection, id] = /^https:\/\/[^/]+\/(\w+)s\/([\w-]+)(?:\/|$)/.exec(uri ?? '') ?? []
  return collection === undefined || id === undefined ? undefined : { kind: collection, id }
}
