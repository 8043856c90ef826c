import type { JsonObject } from '../json-body.ts'
import { textOf } from '../json-field.ts'

/** What a form of parameters is about. */
export interface Subject {
  kind: string
  sid: string
  status: string
  /** Tells events of one status apart, where one status comes once only: then it is empty. */
  counter: string | undefined
}

interface Form {
  kind: string
  sid: string
  /** The fields that may state the status, best first. */
  status: readonly string[]
  /** The field that counts the events; `once` where each status comes once. */
  counter?: string
}

/** Best first: a recording's callback names the call, too, and a conversation's the message. */
const FORMS: readonly Form[] = [
  { kind: 'conversation', sid: 'ConversationSid', status: ['EventType'] },
  { kind: 'transcription', sid: 'TranscriptionSid', status: ['TranscriptionStatus'], counter: 'once' },
  { kind: 'recording', sid: 'RecordingSid', status: ['RecordingStatus'], counter: 'once' },
  { kind: 'conference', sid: 'ConferenceSid', status: ['StatusCallbackEvent'], counter: 'SequenceNumber' },
  { kind: 'message', sid: 'MessageSid', status: ['MessageStatus', 'SmsStatus'], counter: 'once' },
  { kind: 'call', sid: 'CallSid', status: ['CallStatus'], counter: 'SequenceNumber' },
  { kind: 'alert', sid: 'Sid', status: ['Level'], counter: 'once' },
]

export function subjectOf(fields: JsonObject): Subject | undefined {
  for (const { kind, sid: sidField, status: statusFields, counter } of FORMS) {
    const sid = textOf(fields[sidField])
    const [status] = statusFields.flatMap((field) => textOf(fields[field]) ?? [])
    if (sid === undefined || status === undefined) continue
    return { kind, sid, status, counter: counter === 'once' ? '' : textOf(counter && fields[counter]) }
  }
  return undefined
}
