import { VerificationError } from '../../domain/errors.ts'
import type { EntityRef } from '../../domain/event.ts'
import { identifiedEvent } from '../identified-event.ts'
import { isJsonObject, parseJsonBody, type JsonObject } from '../json-body.ts'
import { dateOf, idOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { splitJsonArray } from '../split-json-array.ts'
import { ITEM, textOfField } from './notification-item.ts'

/**
 * One event for each item of a standard webhook, also of an item alone as it is stored, or the one event of a platform webhook.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const body = parseJsonBody(request.body)
  if (body['notificationItems'] !== undefined) {
    return splitJsonArray(request.body, 'notificationItems').map((part) => ({
      ...standardEvent(objectOf(parseJsonBody(part)[ITEM])),
      part,
    }))
  }
  return [body[ITEM] === undefined ? platformEvent(body) : standardEvent(objectOf(body[ITEM]))]
}

/** The notification in an item, without its wrapping. */
export function payload(body: Buffer): JsonObject {
  const parsed = parseJsonBody(body)
  return isJsonObject(parsed[ITEM]) ? parsed[ITEM] : parsed
}

/** The ID is composed of signed fields: Adyen gives none, and repeats these in a redelivery. */
function standardEvent(item: JsonObject): IdentifiedEvent {
  const [type, reference] = [textOf(item['eventCode']), textOf(item['pspReference'])]
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'An item states no event code.' })
  const payment = textOf(item['originalReference']) ?? reference
  return identifiedEvent({
    id: reference === undefined ? undefined : `${reference}:${type}:${textOfField(item['success']) ?? ''}`,
    type,
    entity: payment === undefined || ABOUT_NO_PAYMENT.has(type) ? undefined : { kind: 'payment', id: payment },
    occurredAt: dateOf(item['eventDate']),
    account: textOf(item['merchantAccountCode']),
  })
}

/** Their reference is the name of a file. */
const ABOUT_NO_PAYMENT = new Set(['REPORT_AVAILABLE'])

/**
 * The ID is composed of what tells two notifications about one object apart: a transfer counts them, of all others Adyen says when they
 * were queued.
 */
function platformEvent(body: JsonObject): IdentifiedEvent {
  const type = textOf(body['type'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body states no event type.' })
  const data = objectOf(body['data'])
  const entity = entityOf(type, data)
  const [count, queuedAt] = [data['sequenceNumber'], textOf(body['timestamp'])]
  const isCounted = Number.isSafeInteger(count) && (count as number) >= 0
  const turn = isCounted ? String(count) : queuedAt
  return identifiedEvent({
    id: entity === undefined || turn === undefined ? undefined : `${type}:${entity.id}:${turn}`,
    type,
    entity,
    occurredAt: dateOf(queuedAt ?? data['updatedAt'] ?? data['creationDate']),
    sequence: isCounted ? BigInt(count as number) : undefined,
    account: textOf(data['balancePlatform']) ?? textOf(data['merchantId']),
  })
}

/** `balancePlatform.accountHolder.updated` is about an `accountHolder`, which stands under its own name or is the data itself. */
function entityOf(type: string, data: JsonObject): EntityRef | undefined {
  const kind = textOf(type.split('.').at(-2))
  const id = kind === undefined ? undefined : (idOf(objectOf(data[kind])['id']) ?? idOf(data['id']))
  return kind !== undefined && id !== undefined ? { kind, id } : undefined
}
