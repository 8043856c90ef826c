import { VerificationError } from '../../domain/errors.ts'
import type { EntityRef } from '../../domain/event.ts'
import { readEnvelope } from '../envelope.ts'
import { identifiedEvent } from '../identified-event.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { idOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { canonicalType } from './event-types.ts'

/**
 * Type and ID come from the signed body. The event header is a copy that the signature does not cover; where it
 * differs, somebody changed it.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const { id, type: stated, occurredAt, apiVersion, data } = readEnvelope(parseJsonBody(request.body))
  const type = canonicalType(stated)
  const header = request.headers['x-teamconnect-event']
  if (header !== undefined && canonicalType(header) !== type) throw new VerificationError('type_mismatch')
  const deliveryId = textOf(request.headers['x-teamconnect-delivery'])
  return [identifiedEvent({ id, type, entity: entityOf(type, data), occurredAt, apiVersion, deliveryId })]
}

/**
 * By family of event: the kind of entity and the field of `data` with its ID, best first. An agent acts within a call.
 * The guide shows `call_id` only; the other fields are assumed.
 */
const SUBJECTS: Readonly<Record<string, readonly (readonly [kind: string, field: string])[]>> = {
  call: [['call', 'call_id']],
  sms: [
    ['sms', 'sms_id'],
    ['sms', 'message_id'],
  ],
  agent: [
    ['call', 'call_id'],
    ['agent', 'agent_id'],
  ],
}

function entityOf(type: string, data: JsonObject): EntityRef | undefined {
  const family = type.split('.', 1)[0] ?? ''
  const subjects = Object.hasOwn(SUBJECTS, family) ? (SUBJECTS[family] ?? []) : []
  for (const [kind, field] of subjects) {
    const id = idOf(data[field])
    if (id !== undefined) return { kind, id }
  }
  return undefined
}
