import { VerificationError } from '../../domain/errors.ts'
import type { EntityRef } from '../../domain/event.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { dateOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'

/**
 * The ID stands in a header, the type with its action in the signed body: `Issue.update`. The organization is named there, too.
 * @throws VerificationError
 */
export function identify({ headers, body: bytes }: WebhookRequest): IdentifiedEvent[] {
  const body = parseJsonBody(bytes)
  const [type, action] = [textOf(body['type']), textOf(body['action'])]
  if (type === undefined || action === undefined) {
    throw new VerificationError('malformed_body', { message: 'The body states no type, or no action.' })
  }
  const header = textOf(headers['linear-event'])
  if (header !== undefined && header !== type) {
    throw new VerificationError('type_mismatch', {
      message: `The body is of the type ${type}, the header says ${header}.`,
    })
  }
  const entity = entityOf(type, body)
  return [
    identifiedEvent({
      id: textOf(headers['linear-delivery']),
      type: `${type}.${action}`,
      entity,
      occurredAt: dateOf(body['createdAt']),
      account: textOf(body['organizationId']),
      deletes: entity !== undefined && action === 'remove' ? true : undefined,
    }),
  ]
}

/** Where the events that are not about their `data` hold what they are about. */
const ELSEWHERE: ReadonlyMap<string, readonly [member: string, kind: string]> = new Map([
  ['AgentSessionEvent', ['agentSession', 'agent_session']],
  ['IssueSLA', ['issueData', 'issue']],
])

function entityOf(type: string, body: JsonObject): EntityRef | undefined {
  const [member, kind] = ELSEWHERE.get(type) ?? ['data', snakeCase(type)]
  const id = textOf(objectOf(body[member])['id'])
  return id === undefined ? undefined : { kind, id }
}

const snakeCase = (name: string): string => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
