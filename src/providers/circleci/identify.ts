import { VerificationError } from '../../domain/errors.ts'
import type { EntityRef } from '../../domain/event.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { dateOf, idOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'

/**
 * ID and type stand in the signed body; the header that repeats the type is not signed and must agree.
 * @throws VerificationError
 */
export function identify({ headers, body: bytes }: WebhookRequest): IdentifiedEvent[] {
  const body = parseJsonBody(bytes)
  const type = textOf(body['type'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body states no event type.' })
  const header = textOf(headers['circleci-event-type'])
  if (header !== undefined && header !== type) {
    throw new VerificationError('type_mismatch', { message: `The body is of a ${type}, the header says ${header}.` })
  }
  return [
    identifiedEvent({
      id: textOf(body['id']),
      type,
      entity: entityOf(type, body),
      occurredAt: dateOf(body['happened_at']),
      account: textOf(objectOf(body['organization'])['name']),
    }),
  ]
}

/** Under its project: `gh/acme/shop/<ID>` is a workflow, `gh/acme/shop/42` a job. Both kinds of event hold a workflow. */
function entityOf(type: string, body: JsonObject): EntityRef | undefined {
  const isJob = type.startsWith('job-')
  const slug = textOf(objectOf(body['project'])['slug'])
  const id = isJob ? idOf(objectOf(body['job'])['number']) : textOf(objectOf(body['workflow'])['id'])
  return slug === undefined || id === undefined ? undefined : { kind: isJob ? 'job' : 'workflow', id: `${slug}/${id}` }
}
