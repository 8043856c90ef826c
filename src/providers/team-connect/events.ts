import { z, type ZodType } from 'zod'
import { EVENT_TYPES } from './event-types.ts'

// The guide gives one sample body, of an ended call. What it leaves open is optional here, so that a payload with
// nothing but IDs passes; what it states must have the stated type.

const id = z.string().min(1)
const text = z.string().nullish()

const event = <Data extends ZodType>(data: Data) => z.looseObject({ id: id.optional(), data })

const call = event(
  z.looseObject({
    call_id: id,
    from: text,
    to: text,
    duration_seconds: z.int().nonnegative().nullish(),
    completed_at: text,
    recording_url: text,
  }),
)
const sms = event(z.union([z.looseObject({ sms_id: id }), z.looseObject({ message_id: id })]))
const agent = event(z.union([z.looseObject({ call_id: id }), z.looseObject({ agent_id: id })]))

const FAMILIES: Readonly<Record<string, ZodType>> = { call, sms, agent }

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  EVENT_TYPES.map((type) => [type, FAMILIES[type.split('.', 1)[0] ?? ''] ?? z.unknown()]),
)
