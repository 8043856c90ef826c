import { z, type ZodType } from 'zod'

const sid = (prefix: string) => z.string().regex(new RegExp(`^(${prefix})[0-9a-fA-F]{32}$`))
const text = z.string().min(1)
const whole = z.string().regex(/^\d+$/)

const callback = <Fields extends z.ZodRawShape>(fields: Fields) => z.looseObject({ AccountSid: sid('AC'), ...fields })

const message = callback({ MessageSid: sid('SM|MM'), From: text.optional(), To: text, ErrorCode: whole.optional() })
const inbound = callback({
  MessageSid: sid('SM|MM'),
  From: text,
  To: text,
  Body: z.string().optional(),
  NumMedia: whole.optional(),
})
const call = callback({ CallSid: sid('CA'), CallStatus: text, From: text, To: text, CallDuration: whole.optional() })
const recording = callback({ RecordingSid: sid('RE'), CallSid: sid('CA').optional(), RecordingStatus: text })
const recorded = recording.extend({ RecordingUrl: z.url(), RecordingDuration: whole.optional() })
const conference = callback({ ConferenceSid: sid('CF'), StatusCallbackEvent: text })

const cloudEvent = z.looseObject({ specversion: text, id: text, type: text, source: text, time: text })
const streamed = cloudEvent.extend({ data: z.looseObject({}) })

/** By what stands before the last dot, what stands behind it. */
const FAMILIES: readonly (readonly [family: string, names: string, schema: ZodType])[] = [
  ['message', 'accepted canceled delivered failed queued read scheduled sending sent undelivered', message],
  ['message', 'received', inbound],
  ['call', 'busy canceled completed failed in-progress initiated no-answer queued ringing', call],
  ['recording', 'absent failed in-progress', recording],
  ['recording', 'completed', recorded],
  [
    'conference',
    'conference-end conference-start participant-hold participant-join participant-leave participant-mute ' +
      'participant-unhold participant-unmute',
    conference,
  ],
  ['com.twilio.messaging.message', 'delivered failed queued read sent undelivered', streamed],
  ['com.twilio.messaging.inbound-message', 'received', streamed],
  ['com.twilio.voice.status-callback.call', 'answered completed initiated ringing', streamed],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  FAMILIES.flatMap(([family, names, schema]) => names.split(' ').map((name) => [`${family}.${name}`, schema])),
)
