import { VerificationError } from '../../domain/errors.ts'
import { identifiedEvent } from '../identified-event.ts'
import { objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { fitsEvent } from './event-shapes.ts'
import { payloadOf } from './payload.ts'
import { saysGone, subjectOf } from './subject.ts'

/**
 * The event's name stands in a header that nobody signed, so the signed body must look like one. No time is read:
 * GitHub states none for the event, and an object's own may be years older than what happened to it.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const name = request.headers['x-github-event'] ?? ''
  if (!/^[a-z0-9_]+$/.test(name)) {
    throw new VerificationError('malformed_request', { message: 'X-GitHub-Event does not name an event.' })
  }
  const payload = payloadOf(request.body)
  if (!fitsEvent(name, payload)) {
    throw new VerificationError('type_mismatch', { message: `The body is not that of a ${name} event.` })
  }
  const action = textOf(payload['action'])
  return [
    identifiedEvent({
      id: textOf(request.headers['x-github-delivery']),
      type: action === undefined ? name : `${name}.${action}`,
      entity: subjectOf(name, payload),
      account: textOf(objectOf(objectOf(payload['repository'])['owner'])['login']) ?? organization(payload),
      deletes: saysGone(name, payload) ? true : undefined,
    }),
  ]
}

const organization = (payload: Record<string, unknown>): string | undefined =>
  textOf(objectOf(payload['organization'])['login'])
