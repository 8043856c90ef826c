import { VerificationError } from '../../domain/errors.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'

/**
 * The whole envelope stands in the signed body, which holds nothing else: what changed is to be fetched. It counts its attempts, too, so
 * that two deliveries of an event are not the same bytes.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const body = parseJsonBody(request.body)
  const type = textOf(body['type'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body states no event type.' })
  const entity = objectOf(body['entity'])
  const [kind, id] = [textOf(entity['type']), textOf(entity['id'])]
  return [
    identifiedEvent({
      id: textOf(body['id']),
      type,
      entity: kind === undefined || id === undefined ? undefined : { kind, id },
      occurredAt: dateOf(body['timestamp']),
      apiVersion: textOf(body['api_version']),
      account: textOf(body['workspace_id']),
      deletes: /^\w+\.deleted$/.test(type) ? true : undefined,
    }),
  ]
}
