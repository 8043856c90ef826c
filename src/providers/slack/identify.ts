import { VerificationError } from '../../domain/errors.ts'
import { identifiedEvent } from '../identified-event.ts'
import type { JsonObject } from '../json-body.ts'
import { dateOf, idOf, objectOf, textOf } from '../json-field.ts'
import type { IdentifiedEvent, WebhookRequest } from '../provider.ts'
import { payloadOf } from './payload.ts'
import { subjectOf } from './subject.ts'

/**
 * Reads what Slack calls events, slash commands and interactions, all of which state their type in signed bytes.
 * @throws VerificationError
 */
export function identify({ body }: WebhookRequest): IdentifiedEvent[] {
  const payload = payloadOf(body)
  const type = textOf(payload['type'])
  if (type === 'event_callback') return [callback(payload)]
  if (type === 'app_rate_limited') return [rateLimit(type, payload)]
  const command = textOf(payload['command'])
  if (command !== undefined) return [slashCommand(command, payload)]
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The body states no type.' })
  return [interaction(type, payload)]
}

/** Named by the inner type, with the subtype of messages: `message.message_changed`. */
function callback(payload: JsonObject): IdentifiedEvent {
  const event = objectOf(payload['event'])
  const type = textOf(event['type'])
  if (type === undefined) throw new VerificationError('malformed_body', { message: 'The event states no type.' })
  const subtype = type === 'message' ? textOf(event['subtype']) : undefined
  const subject = subjectOf(event)
  return identifiedEvent({
    id: textOf(payload['event_id']),
    type: subtype === undefined ? type : `${type}.${subtype}`,
    entity: subject?.entity,
    occurredAt: dateOf(payload['event_time']),
    account: textOf(payload['team_id']) ?? textOf(payload['enterprise_id']),
    deletes: subject?.deletes,
  })
}

/** It comes once for each minute in which events were withheld. */
function rateLimit(type: string, payload: JsonObject): IdentifiedEvent {
  const [team, minute] = [textOf(payload['team_id']), payload['minute_rate_limited']]
  return identifiedEvent({
    id: composed(type, team, idOf(payload['api_app_id']), idOf(minute)),
    type,
    occurredAt: dateOf(minute),
    account: team,
  })
}

/** A trigger is good for one invocation only, so its ID is the invocation's. */
function slashCommand(command: string, fields: JsonObject): IdentifiedEvent {
  const name = /^\/([\w-]+)$/.exec(command)?.[1]
  const team = textOf(fields['team_id'])
  return identifiedEvent({
    id: textOf(fields['trigger_id']),
    type: name === undefined ? 'slash_command' : `slash_command.${name}`,
    account: team ?? textOf(fields['enterprise_id']),
  })
}

/** Where nothing was triggered, as when a view is closed, the view and what it showed tell interactions apart. */
function interaction(type: string, payload: JsonObject): IdentifiedEvent {
  const view = objectOf(payload['view'])
  const team = textOf(objectOf(payload['team'])['id']) ?? textOf(objectOf(payload['user'])['team_id'])
  return identifiedEvent({
    id: textOf(payload['trigger_id']) ?? composed(type, textOf(view['id']), textOf(view['hash'])),
    type,
    occurredAt: dateOf(Number(textOf(payload['action_ts']) ?? NaN)),
    account: team ?? textOf(objectOf(payload['enterprise'])['id']),
  })
}

/** Undefined where a part is missing. */
const composed = (...parts: readonly (string | undefined)[]): string | undefined =>
  parts.includes(undefined) ? undefined : parts.join(':')
