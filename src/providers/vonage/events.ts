import { z, type ZodType } from 'zod'

const text = z.string().min(1)
/** The SMS API sends forms and JSON, in which numbers may be either. */
const numeric = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)])

const inboundSms = z.looseObject({ messageId: text, msisdn: text, to: text, type: text, text: z.string().optional() })
const receipt = z.looseObject({ messageId: text, msisdn: text, status: text, 'err-code': numeric.optional() })

const messageStatus = z.looseObject({ message_uuid: text, channel: text, status: text, timestamp: text, to: text })
const inboundMessage = z.looseObject({
  message_uuid: text,
  channel: text,
  message_type: text,
  timestamp: text,
  from: text,
})

const call = z.looseObject({ uuid: text, conversation_uuid: text, status: text, timestamp: text, direction: text })
const completed = call.extend({ duration: numeric })
const recording = z.looseObject({
  recording_uuid: text,
  recording_url: z.url(),
  conversation_uuid: text,
  timestamp: text,
})

const verification = z.looseObject({ request_id: text, type: text, status: text })

/** By kind, what can happen to it. */
const FAMILIES: readonly (readonly [kind: string, names: string, schema: ZodType])[] = [
  ['sms', 'received', inboundSms],
  ['sms', 'accepted buffered delivered expired failed rejected unknown', receipt],
  ['message', 'received', inboundMessage],
  ['message', 'delivered read rejected submitted undeliverable', messageStatus],
  ['call', 'answered busy cancelled failed human machine rejected ringing started timeout unanswered', call],
  ['call', 'completed', completed],
  ['recording', 'completed', recording],
  ['verify', 'event summary', verification],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  FAMILIES.flatMap(([kind, names, schema]) => names.split(' ').map((name) => [`${kind}.${name}`, schema])),
)
