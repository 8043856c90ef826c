import { z, type ZodType } from 'zod'

const text = z.string().min(1)

const event = <Payload extends z.ZodRawShape>(payload: Payload) =>
  z.looseObject({
    data: z.looseObject({ id: text, event_type: text, occurred_at: text, payload: z.looseObject(payload) }),
  })

const party = z.looseObject({ phone_number: text, status: z.string().nullish() })

const message = event({
  id: text,
  record_type: z.literal('message'),
  direction: z.enum(['inbound', 'outbound']),
  type: text,
  from: z.looseObject({ phone_number: text }),
  to: z.array(party).min(1),
  text: z.string().nullish(),
})

const leg = { call_control_id: text, call_leg_id: text, call_session_id: text }
const call = event(leg)

const fax = event({ fax_id: text, connection_id: text, from: text, to: text })

/** By family, the last part of the types, and their schema. */
const FAMILIES: readonly (readonly [family: string, names: string, schema: ZodType])[] = [
  ['message', 'finalized received sent', message],
  [
    'call',
    'answered bridged dtmf.received enqueued gather.ended initiated machine.detection.ended machine.greeting.ended ' +
      'playback.ended playback.started recording.error speak.ended speak.started streaming.started streaming.stopped',
    call,
  ],
  ['call', 'hangup', event({ ...leg, hangup_cause: text })],
  ['call', 'recording.saved', event({ ...leg, recording_urls: z.looseObject({}) })],
  ['fax', 'delivered failed media.processed queued received sending.started', fax],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  FAMILIES.flatMap(([family, names, schema]) => names.split(' ').map((name) => [`${family}.${name}`, schema])),
)
