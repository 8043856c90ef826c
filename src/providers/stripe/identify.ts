import { VerificationError } from '../../domain/errors.ts'
import type { EntityRef } from '../../domain/event.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'

/**
 * Reads a snapshot event, which carries the object, or a thin one (`v2.core.event`), which names it.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const event = parseJsonBody(request.body)
  const type = textOf(event['type'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body states no event type.' })
  const entity = event['object'] === 'v2.core.event' ? thinEntity(event) : snapshotEntity(event)
  return [
    identifiedEvent({
      id: textOf(event['id']),
      type,
      entity,
      occurredAt: dateOf(event['created']),
      apiVersion: textOf(event['api_version']),
      account: textOf(event['account']) ?? accountOf(textOf(event['context'])),
      deletes: entity !== undefined && saysGone(type, entity) ? true : undefined,
    }),
  ]
}

function snapshotEntity(event: JsonObject): EntityRef | undefined {
  const object = objectOf(objectOf(event['data'])['object'])
  return entityRef(object['object'], object['id'])
}

function thinEntity(event: JsonObject): EntityRef | undefined {
  const related = objectOf(event['related_object'])
  return entityRef(related['type'], related['id'])
}

/** Undefined where there is nothing to name: the object of `invoice.upcoming` has no ID yet. */
function entityRef(kind: unknown, id: unknown): EntityRef | undefined {
  const [kindText, idText] = [textOf(kind), textOf(id)]
  return kindText !== undefined && idText !== undefined ? { kind: kindText, id: idText } : undefined
}

/** The context of a thin event may be a path through an organisation; only a plain account can be read on behalf of. */
const accountOf = (context: string | undefined): string | undefined =>
  context?.startsWith('acct_') && !context.includes('/') ? context : undefined

/** A "deleted" subscription is a cancelled one, which stays readable for ever. */
const saysGone = (type: string, entity: EntityRef): boolean =>
  type.endsWith('.deleted') && entity.kind !== 'subscription'
