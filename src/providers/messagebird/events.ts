import { z, type ZodType } from 'zod'

const text = z.string().min(1)

const report = z.looseObject({
  id: text,
  recipient: text,
  status: text,
  statusDatetime: text,
  reference: text.optional(),
})
const inbound = z.looseObject({ id: text, originator: text, recipient: text, body: z.string().optional() })

const message = z.looseObject({
  id: text,
  conversationId: text,
  channelId: text,
  direction: text,
  status: text,
  type: text,
})
const conversationMessage = z.looseObject({ type: text, message, conversation: z.looseObject({ id: text }) })
const conversation = z.looseObject({ type: text, conversation: z.looseObject({ id: text, status: text }) })

const bird = z.looseObject({
  service: text,
  event: text,
  payload: z.looseObject({ id: text, channelId: text, status: text }),
})

/** By what stands before the last dot, what stands behind it. */
const FAMILIES: readonly (readonly [family: string, names: string, schema: ZodType])[] = [
  ['message', 'buffered delivered delivery_failed expired scheduled sent', report],
  ['message', 'received', inbound],
  ['message', 'created updated', conversationMessage],
  ['conversation', 'created updated', conversation],
  ['channels.email', 'inbound outbound', bird],
  ['channels.sms', 'inbound outbound', bird],
  ['channels.whatsapp', 'inbound outbound', bird],
]

export const schemas: Readonly<Record<string, ZodType>> = Object.fromEntries(
  FAMILIES.flatMap(([family, names, schema]) => names.split(' ').map((name) => [`${family}.${name}`, schema])),
)
