import type { EntityRef } from '../../domain/event.ts'
import type { JsonObject } from '../json-body.ts'
import { idOf, objectOf, textOf } from '../json-field.ts'

/** What an event says of itself; the parts of its ID tell it from every other fact. */
export interface Subject {
  type: string
  idParts: readonly unknown[]
  entity: EntityRef | undefined
  time: unknown
}

/** Events of the Bird platform name their service beside the event. */
export const isBirdEvent = (event: JsonObject): boolean =>
  textOf(event['service']) !== undefined && textOf(event['event']) !== undefined

export function subjectOf(event: JsonObject): Subject | undefined {
  if (isBirdEvent(event)) return birdEvent(event)
  if (textOf(event['type']) !== undefined) return conversationEvent(event)
  if (textOf(event['subscription_type']) !== undefined) return notification(event)
  return statusReport(event) ?? inboundSms(event)
}

/** A message is read below its channel. */
function birdEvent({ service, event, payload }: JsonObject): Subject {
  const { id, channelId, status, type, updatedAt, createdAt } = objectOf(payload)
  const [message, channel] = [textOf(id), textOf(channelId)]
  const time = updatedAt ?? createdAt
  return {
    type: `${String(service)}.${String(event)}`,
    idParts: message === undefined ? [] : [service, event, message, status ?? type, time],
    entity:
      service === 'channels' && message !== undefined && channel !== undefined
        ? { kind: 'channel_message', id: `${channel}/${message}` }
        : undefined,
    time,
  }
}

/** Of the Conversations API: about a message if there is one, else about the conversation. */
function conversationEvent({ type, message, conversation }: JsonObject): Subject {
  const kind = textOf(objectOf(message)['id']) === undefined ? 'conversation' : 'conversation_message'
  const { id, status, updatedDatetime, createdDatetime } = objectOf(kind === 'conversation' ? conversation : message)
  const time = updatedDatetime ?? createdDatetime
  return {
    type: String(type),
    idParts: textOf(id) === undefined ? [] : [type, id, status, time],
    entity: entityOf(kind, id),
    time,
  }
}

function notification({ id, subscription_type: type, created_at: time }: JsonObject): Subject {
  return { type: `notification.${String(type)}`, idParts: [id], entity: undefined, time }
}

/** A message to several numbers has one ID, and a report for each of them. */
function statusReport({ id, recipient, status, statusDatetime }: JsonObject): Subject | undefined {
  if (textOf(status) === undefined) return undefined
  const time = zoned(statusDatetime)
  return {
    type: `message.${String(status)}`,
    idParts: textOf(id) === undefined ? [] : [id, recipient, status, time],
    entity: entityOf('message', id),
    time,
  }
}

function inboundSms({ id, originator, createdDatetime }: JsonObject): Subject | undefined {
  if (textOf(originator) === undefined) return undefined
  return {
    type: 'message.received',
    idParts: textOf(id) === undefined ? [] : [id, 'received'],
    entity: entityOf('message', id),
    time: zoned(createdDatetime),
  }
}

/** In a query the plus of a time zone stands unescaped, which reads as a space. */
const zoned = (time: unknown): string | undefined => textOf(time)?.replace(/ (?=\d\d:\d\d$)/, '+')

function entityOf(kind: string, id: unknown): EntityRef | undefined {
  const text = idOf(id)
  return text === undefined ? undefined : { kind, id: text }
}
