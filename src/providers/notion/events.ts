import { z, type ZodType } from 'zod'

const text = z.string().min(1)

const event = <Kinds extends readonly string[], Data extends z.ZodRawShape>(kinds: Kinds, data: Data) =>
  z.looseObject({
    id: text,
    timestamp: z.iso.datetime({ offset: true }),
    workspace_id: text,
    subscription_id: text,
    integration_id: text,
    entity: z.looseObject({ id: text, type: z.enum(kinds) }),
    attempt_number: z.int().positive(),
    data: z.looseObject(data),
  })

const parent = z.looseObject({ id: text, type: text })
const updated = z.array(z.looseObject({ id: text }))

const PAGE = ['page'] as const
/** What holds pages goes by several names, which depend on the API's version. */
const DATABASE = ['block', 'database', 'data_source'] as const

const database = event(DATABASE, { parent })
const page = event(PAGE, { parent })
const comment = event(['comment'], { page_id: text, parent })
const fileUpload = event(['file_upload'], {})

/** By the first part of the types, the second parts and their schema. */
const TYPES: readonly (readonly [family: string, names: string, schema: ZodType])[] = [
  ['comment', 'created deleted updated', comment],
  ['data_source', 'content_updated created deleted moved schema_updated undeleted', database],
  ['database', 'content_updated created deleted moved schema_updated undeleted', database],
  ['file_upload', 'completed created expired', fileUpload],
  ['page', 'created deleted locked moved undeleted unlocked', page],
  ['page', 'content_updated', event(PAGE, { parent, updated_blocks: updated })],
  ['page', 'properties_updated', event(PAGE, { parent, updated_properties: z.array(text) })],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  TYPES.flatMap(([family, names, schema]) => names.split(' ').map((name) => [`${family}.${name}`, schema])),
)
