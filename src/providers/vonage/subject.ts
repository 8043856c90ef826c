import type { JsonObject } from '../json-body.ts'
import { idOf, textOf } from '../json-field.ts'

/** What an event is about and what happened to it: no Vonage API says so in an envelope. */
export interface Subject {
  kind: string
  id: string | undefined
  what: string
  /** What of the fact the ID and `what` leave open. */
  distinction?: readonly unknown[]
}

type Reader = (event: JsonObject) => Subject | undefined

/** One for each API, the most telling field first: a recording names its conversation, too, and a message may name a call. */
const READERS: readonly Reader[] = [sms, message, recording, verification, conversation, call, callError]

export function subjectOf(event: JsonObject): Subject | undefined {
  for (const read of READERS) {
    const subject = read(event)
    if (subject !== undefined) return subject
  }
  return undefined
}

function sms({ messageId, status }: JsonObject): Subject | undefined {
  const id = textOf(messageId)
  return id === undefined ? undefined : { kind: 'sms', id, what: textOf(status) ?? 'received' }
}

function message({ message_uuid: uuid, status }: JsonObject): Subject | undefined {
  const id = textOf(uuid)
  return id === undefined ? undefined : { kind: 'message', id, what: textOf(status) ?? 'received' }
}

function recording({ recording_uuid: uuid }: JsonObject): Subject | undefined {
  const id = textOf(uuid)
  return id === undefined ? undefined : { kind: 'recording', id, what: 'completed' }
}

/** Verify says of each channel how it went, and at the end of the whole. */
function verification({ request_id: request, type, channel, status }: JsonObject): Subject | undefined {
  const [id, what] = [textOf(request), textOf(type)]
  if (id === undefined || what === undefined) return undefined
  return { kind: 'verify', id, what, distinction: [channel, status] }
}

/** An event of a conversation, such as `audio:play:done`, counted within it. */
function conversation(event: JsonObject): Subject | undefined {
  const [id, what] = [textOf(event['conversation_id']), textOf(event['type'])]
  if (id === undefined || what === undefined) return undefined
  return { kind: 'conversation', id, what, distinction: [idOf(event['id'])] }
}

function call(event: JsonObject): Subject | undefined {
  const id = textOf(event['uuid']) ?? textOf(event['call_uuid'])
  const what = textOf(event['status']) ?? unstatedStep(event)
  return id === undefined ? undefined : { kind: 'call', id, what, distinction: [event['timestamp']] }
}

function unstatedStep(event: JsonObject): string {
  if ('conversation_uuid_to' in event) return 'transferred'
  return 'dtmf' in event || 'speech' in event ? 'input' : 'answer'
}

function callError({ conversation_uuid: conversation, reason, timestamp }: JsonObject): Subject | undefined {
  if (textOf(conversation) === undefined || textOf(reason) === undefined) return undefined
  return { kind: 'call', id: undefined, what: 'error', distinction: [conversation, timestamp] }
}
