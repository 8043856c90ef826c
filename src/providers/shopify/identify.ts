import { hash } from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody } from '../json-body.ts'
import { dateOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { readHeaders } from './headers.ts'
import { testifies } from './testimony.ts'
import { entityOf, fitsTopic, typeOf } from './topics.ts'

/**
 * ID and topic stand in headers that nobody signed, so the body must be an object that such a topic is about, and must not deny it. The
 * shop is named only where the body does: the header with its domain proves nothing.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const { topic = '', action, webhookId, triggeredAt, apiVersion } = readHeaders(request)
  const type = typeOf(topic, textOf(action))
  if (type === undefined) {
    throw new VerificationError('malformed_request', { message: 'The topic header does not name a topic.' })
  }
  const body = parseJsonBody(request.body)
  if (!fitsTopic(topic, body)) {
    throw new VerificationError('type_mismatch', { message: `The body is not that of the topic ${topic}.` })
  }
  const isBorneOut = testifies(type, body)
  if (isBorneOut === false) {
    throw new VerificationError('malformed_body', { message: `The object in the body denies the topic ${topic}.` })
  }
  const entity = entityOf(topic, body)
  return [
    identifiedEvent({
      id: textOf(webhookId),
      type,
      // An order that is paid at once is created and paid in the very same bytes: two events. Everything else counts once.
      signedAs: isBorneOut ? `${type}:${hash('sha256', request.body)}` : undefined,
      entity,
      occurredAt: dateOf(triggeredAt),
      apiVersion: textOf(apiVersion),
      account: textOf(body['shop_domain']) ?? textOf(body['myshopify_domain']),
      deletes: entity !== undefined && topic.endsWith('/delete') ? true : undefined,
    }),
  ]
}
