import type { EntityRef } from '../../domain/event.ts'
import { readEnvelope } from '../envelope.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { idOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'

/**
 * The ID is the signed header's: the standard keeps it over retries and replays, and asks nothing of an ID in the body.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const { type, occurredAt, apiVersion, data } = readEnvelope(parseJsonBody(request.body))
  const entity = entityOf(type, data)
  return [
    identifiedEvent({
      id: textOf(request.headers['webhook-id']),
      type,
      entity,
      occurredAt,
      apiVersion,
      deletes: entity !== undefined && type.endsWith('.deleted') ? true : undefined,
    }),
  ]
}

/**
 * `data.id`, of the kind that `data` states or that the type begins with: `user.profile.updated` is about a
 * `user.profile`.
 */
function entityOf(type: string, data: JsonObject): EntityRef | undefined {
  const id = idOf(data['id'])
  const kind = textOf(data['object']) ?? textOf(type.split('.').slice(0, -1).join('.'))
  return id !== undefined && kind !== undefined ? { kind, id } : undefined
}
