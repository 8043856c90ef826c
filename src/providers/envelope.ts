import { VerificationError } from '../domain/errors.ts'
import type { JsonObject } from './json-body.ts'
import { dateOf, objectOf, textOf } from './json-field.ts'

/** The envelope that most senders without a tradition of their own use. */
export interface Envelope {
  id: string | undefined
  type: string
  occurredAt: Date | undefined
  apiVersion: string | undefined
  data: JsonObject
}

/**
 * Reads every dialect: `id`, `type`, `created_at` or `event_id`, `event_type`, `timestamp`; some write `eventType`.
 * @throws VerificationError when the body states no type.
 */
export function readEnvelope(body: JsonObject): Envelope {
  const type = textOf(body['type']) ?? textOf(body['event_type']) ?? textOf(body['eventType'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body states no event type.' })
  return {
    type,
    id: textOf(body['id']) ?? textOf(body['event_id']),
    occurredAt: dateOf(body['created_at'] ?? body['timestamp']),
    apiVersion: textOf(body['api_version']),
    data: objectOf(body['data']),
  }
}
