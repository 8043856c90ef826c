import { createHash } from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import type { EntityRef } from '../../domain/event.ts'
import { eventBytes, isJsonArray, parseJsonOrForm } from '../form-fields.ts'
import { identifiedEvent } from '../identified-event.ts'
import type { JsonObject } from '../json-body.ts'
import { dateOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { splitJsonArray } from '../split-json-array.ts'
import { type Subject, subjectOf } from './subject.ts'

/**
 * Reads the parameters of a callback, from the body or the query, or the CloudEvents of an event stream, which come as an array.
 * @throws VerificationError
 */
export function identify(request: WebhookRequest): IdentifiedEvent[] {
  const bytes = eventBytes(request)
  const deliveryId = textOf(request.headers['i-twilio-idempotency-token'])
  if (isJsonArray(bytes)) return splitJsonArray(bytes).map((part) => ({ ...envelopeOf(part), part }))
  const part = request.body.length === 0 ? { part: bytes } : {}
  return [{ ...envelopeOf(bytes), ...(deliveryId !== undefined && { deliveryId }), ...part }]
}

function envelopeOf(bytes: Buffer): IdentifiedEvent {
  const fields = parseJsonOrForm(bytes)
  const subject = subjectOf(fields)
  if (subject !== undefined) return callback(fields, subject)
  if (textOf(fields['specversion']) !== undefined) return cloudEvent(fields)
  throw new VerificationError('malformed_body', { message: 'The parameters state nothing with a status.' })
}

/** A status comes once, or is counted; where it is neither, as in the requests for TwiML, all that was said tells it apart. */
function callback(fields: JsonObject, { kind, sid, status, counter }: Subject): IdentifiedEvent {
  const account = textOf(fields['AccountSid'])
  const distinction = counter ?? digestOf(fields)
  return identifiedEvent({
    id: [sid, status, distinction].filter((part) => part !== '').join(':'),
    type: `${kind}.${status}`,
    entity: entityOf(account, kind, sid),
    occurredAt: dateOf(fields['Timestamp']),
    sequence: kind === 'call' && counter !== undefined && /^\d{1,9}$/.test(counter) ? BigInt(counter) : undefined,
    account,
  })
}

function digestOf({ RetryCount: _attempt, ...fields }: JsonObject): string {
  const sorted = Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 32)
}

const KINDS: ReadonlyMap<string, string> = new Map([
  ['Messages', 'message'],
  ['Calls', 'call'],
  ['Recordings', 'recording'],
  ['Conferences', 'conference'],
])

/** `source` is the path of a resource in the API, or the SID of a sink's subscription. */
function cloudEvent(event: JsonObject): IdentifiedEvent {
  const type = textOf(event['type'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The event states no type.' })
  const [, account, collection = '', sid = ''] =
    /\/Accounts\/(AC[0-9a-f]{32})\/(\w+)\/(\w+?)(?:\.json)?$/.exec(textOf(event['source']) ?? '') ?? []
  const kind = KINDS.get(collection)
  return identifiedEvent({
    id: textOf(event['id']),
    type,
    entity: kind === undefined ? undefined : entityOf(account, kind, sid),
    occurredAt: dateOf(event['time']),
    account,
  })
}

/** Every path of the API begins with the account, so that it is a part of the ID. */
const entityOf = (account: string | undefined, kind: string, sid: string): EntityRef | undefined =>
  account === undefined ? undefined : { kind, id: `${account}/${sid}` }
