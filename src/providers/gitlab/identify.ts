import { VerificationError } from '../../domain/errors.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { fitsHeader, kindOf } from './kinds.ts'
import { saysGone, subjectOf } from './subject.ts'

/**
 * The ID stands in headers, the same over resends; only a signing token signs it.
 * @throws VerificationError
 */
export const identify = ({ headers, body }: WebhookRequest): IdentifiedEvent[] => [
  envelopeOf(headers, parseJsonBody(body)),
]

/**
 * The envelope of one event, in a request or in the list of a hook's events.
 * @throws VerificationError
 */
export function envelopeOf(headers: Readonly<Record<string, string>>, body: JsonObject): IdentifiedEvent {
  const header = textOf(headers['x-gitlab-event'])
  const kind = kindOf(body, header)
  if (kind === undefined)
    throw new VerificationError('malformed_body', { message: 'The body states no kind of event.' })
  if (header !== undefined && !fitsHeader(kind, header)) {
    throw new VerificationError('type_mismatch', {
      message: `The body is of the kind ${kind}, the header says ${header}.`,
    })
  }
  const attributes = objectOf(body['object_attributes'])
  const action = actionOf(kind, body, attributes)
  return identifiedEvent({
    id: textOf(headers['webhook-id']) ?? textOf(headers['idempotency-key']),
    type: action === undefined ? kind : `${kind}.${action}`,
    entity: subjectOf(kind, body),
    occurredAt: occurredAt(body, attributes),
    account: textOf(objectOf(body['project'])['path_with_namespace'])?.split('/', 1)[0],
    deletes: saysGone(kind, body, action) ? true : undefined,
  })
}

/** What was done, or, of pipelines, jobs and deployments, what has become of them. */
function actionOf(kind: string, body: JsonObject, attributes: JsonObject): string | undefined {
  if (kind === 'pipeline') return textOf(attributes['status'])
  if (kind === 'deployment') return textOf(body['status'])
  if (kind === 'build') return textOf(body['build_status'])
  return textOf(attributes['action']) ?? textOf(body['action'])
}

/** Best first. A push has no time but those of its commits, which may be years old. */
function occurredAt(body: JsonObject, attributes: JsonObject): Date | undefined {
  const times = [
    attributes['updated_at'],
    ...['finished_at', 'created_at'].map((name) => attributes[name]),
    ...['status_changed_at', 'build_finished_at', 'build_started_at', 'build_created_at'].map((name) => body[name]),
  ]
  return times.map(timeOf).find((time) => time !== undefined)
}

/** `2025-05-17 18:21:36 UTC` in most places, `2025-05-17 20:21:36 +0200` in some, ISO 8601 in others. */
const timeOf = (value: unknown): Date | undefined =>
  dateOf(textOf(value)?.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:UTC|([+-]\d\d):?(\d\d))$/, toIso))

const toIso = (_: string, day: string, time: string, hours?: string, minutes?: string): string =>
  `${day}T${time}${hours === undefined ? 'Z' : `${hours}:${minutes ?? '00'}`}`
