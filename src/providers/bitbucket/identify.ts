import { VerificationError } from '../../domain/errors.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { fitsEvent } from './event-shapes.ts'
import { subjectOf } from './subject.ts'

/**
 * Key and ID stand in headers that nobody signed, so the body must look like one of that key. Whether a repetition keeps its ID is not
 * documented: the same bytes are then the same event nevertheless.
 * @throws VerificationError
 */
export function identify({ headers, body: bytes }: WebhookRequest): IdentifiedEvent[] {
  const key = headers['x-event-key'] ?? ''
  if (!/^[\w:.-]+$/.test(key)) {
    throw new VerificationError('malformed_request', { message: 'X-Event-Key does not name an event.' })
  }
  const body = parseJsonBody(bytes)
  if (!fitsEvent(key, body)) {
    throw new VerificationError('type_mismatch', { message: `The body is not that of ${key}.` })
  }
  const subject = subjectOf(key, body)
  return [
    identifiedEvent({
      id: textOf(headers['x-request-uuid']) ?? textOf(headers['x-request-id']),
      type: key,
      entity: subject?.entity,
      occurredAt: occurredAt(body),
      account: accountOf(body),
      deletes: subject?.deletes,
    }),
  ]
}

/** A push in Cloud has no time but those of its commits. */
function occurredAt(body: JsonObject): Date | undefined {
  const dated = ['comment', 'commit_status', 'pullrequest', 'issue'].map((name) => objectOf(body[name])['updated_on'])
  const judged = ['approval', 'changes_request'].map((name) => objectOf(body[name])['date'])
  return [...judged, ...dated, serverTime(body['date'])].map(dateOf).find((time) => time !== undefined)
}

/** Data Center writes the zone without its colon: `2017-09-13T10:39:36+1000`. */
const serverTime = (value: unknown): unknown => textOf(value)?.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')

function accountOf(body: JsonObject): string | undefined {
  const { workspace, full_name: fullName } = objectOf(body['repository'])
  return textOf(objectOf(workspace)['slug']) ?? textOf(fullName)?.split('/', 1)[0]
}
