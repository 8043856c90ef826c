import { payloadOf } from '../providers/payload.ts'
import type { Provider } from '../providers/provider.ts'

/**
 * Checks an event's bytes against the schema of its type: undefined when they fit, or when the type has no schema. Unknown
 * fields are ignored, for providers add them at any time.
 */
export function checkSchema(
  provider: Provider,
  type: string,
  body: Buffer,
): { code: string; detail: string } | undefined {
  const schema = provider.schemas[type]
  if (schema === undefined) return undefined
  let parsed: unknown
  try {
    parsed = payloadOf(provider, body)
  } catch (error) {
    return { code: 'malformed_body', detail: (error as Error).message }
  }
  const result = schema.safeParse(parsed)
  if (result.success) return undefined
  const detail = result.error.issues.map(({ path, message }) => `${path.join('.') || '(body)'}: ${message}`).join('; ')
  return { code: 'schema_mismatch', detail }
}
