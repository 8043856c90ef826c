import { type ActivityDependencies, type EventRef, permanent } from 'posthorn/activity'
import { type ZodType, z } from 'zod'

const Envelope = z.looseObject({ data: z.unknown() })

/** What the event itself says, for senders that have no API to ask: the `data` of its body, in the shape that a handler needs. */
export async function receivedData<T>(
  schema: ZodType<T>,
  received: ActivityDependencies['received'],
  event: EventRef,
): Promise<T> {
  const { body } = await received(event)
  const result = schema.safeParse(Envelope.parse(JSON.parse(body.toString())).data)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw permanent('unexpected_data', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`)
}
