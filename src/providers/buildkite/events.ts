import { z, type ZodType } from 'zod'

const text = z.string().min(1)
const time = z.string().nullish()

const build = z.looseObject({ id: text, number: z.int().positive(), state: text, url: text, finished_at: time })
const job = z.looseObject({ id: text, type: text, state: text, finished_at: time })
const pipeline = z.looseObject({ id: text, slug: text })

const event = <Fields extends z.ZodRawShape>(fields: Fields) => z.looseObject({ event: text, ...fields })

const builds = event({ build, pipeline })
const jobs = event({ job, build, pipeline })
const agents = event({ agent: z.looseObject({ id: text, connection_state: text }) })

/** By the first part of the events, the second parts and their schema. */
const EVENTS: readonly (readonly [family: string, names: string, schema: ZodType])[] = [
  ['build', 'failing finished running scheduled skipped', builds],
  ['job', 'activated finished scheduled started', jobs],
  ['agent', 'blocked connected disconnected lost stopped stopping', agents],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  EVENTS.flatMap(([family, names, schema]) => names.split(' ').map((name) => [`${family}.${name}`, schema])),
)
