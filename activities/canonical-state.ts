import { type CanonicalView, permanent } from 'posthorn/activity'
import type { ZodType } from 'zod'

/** The state of a canonical read in the shape that a handler needs; undefined when the entity is gone. */
export function stateOf<T>(schema: ZodType<T>, view: CanonicalView): T | undefined {
  if (!view.found) return undefined
  const result = schema.safeParse(view.state)
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw permanent('unexpected_state', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unreadable'}`)
}
