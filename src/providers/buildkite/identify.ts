import { VerificationError } from '../../domain/errors.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { subjectOf } from './subject.ts'

/**
 * Buildkite gives events no ID: the key is what happened, to what, the state it is in since when. The header that repeats the event is
 * not signed and must agree.
 * @throws VerificationError
 */
export function identify({ headers, body: bytes }: WebhookRequest): IdentifiedEvent[] {
  const body = parseJsonBody(bytes)
  const type = textOf(body['event'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body names no event.' })
  const header = textOf(headers['x-buildkite-event'])
  if (header !== undefined && header !== type) {
    throw new VerificationError('type_mismatch', { message: `The body is of ${type}, the header says ${header}.` })
  }
  const { key, entity, since, organization } = subjectOf(type, body)
  return [
    identifiedEvent({
      id: key === undefined ? undefined : `${type}:${key}`,
      type,
      entity,
      occurredAt: since,
      account: organization,
    }),
  ]
}
