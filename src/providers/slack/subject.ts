import type { EntityRef } from '../../domain/event.ts'
import { isJsonObject, type JsonObject } from '../json-body.ts'
import { objectOf, textOf } from '../json-field.ts'

/** What one event of the Events API is about. */
export interface Subject {
  entity: EntityRef
  /** It is gone. */
  deletes?: true
}

export function subjectOf(event: JsonObject): Subject | undefined {
  const type = textOf(event['type']) ?? ''
  if (type === 'message' || type === 'app_mention') return message(event)
  if (type.startsWith('reaction_')) return of('message', messageId(objectOf(event['item'])))
  const family = /^(?:(file)_|(?:(user)_|team_(join)$)|(?:(channel)_|(?:member_(joined|left)_channel$)))/.exec(type)
  if (family === null) return undefined
  const [, file, user, join] = family
  if (file !== undefined) return of('file', idIn(event['file_id'] ?? event['file']), type === 'file_deleted')
  if (user !== undefined || join !== undefined) return of('user', idIn(event['user']))
  return of('channel', idIn(event['channel']), type === 'channel_deleted')
}

/** What was edited or deleted names its message apart from its own time. */
function message(event: JsonObject): Subject | undefined {
  const { subtype, channel, message: edited, deleted_ts: deletedTs } = event
  if (subtype === 'message_deleted') return of('message', messageId({ channel, ts: deletedTs }), true)
  return of('message', messageId({ channel, ts: isJsonObject(edited) ? edited['ts'] : event['ts'] }))
}

/** The time is a message's name within its channel. */
function messageId({ channel, ts }: JsonObject): string | undefined {
  const [channelId, time] = [textOf(channel), textOf(ts)]
  return channelId !== undefined && time !== undefined ? `${channelId}/${time}` : undefined
}

/** Some events name an object by its ID, others hold it. */
const idIn = (value: unknown): string | undefined => textOf(value) ?? textOf(objectOf(value)['id'])

const of = (kind: string, id: string | undefined, isGone = false): Subject | undefined =>
  id === undefined ? undefined : { entity: { kind, id }, ...(isGone && { deletes: true }) }
