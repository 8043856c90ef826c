import type { ErrorCode } from '../domain/errors.ts'
import { payloadOf } from './payload.ts'
import { schemaOf } from './schema-of.ts'
import type { Source } from './source.ts'

/** What of an event does not fit what its handlers were written for. */
export interface Misfit {
  code: Extract<ErrorCode, 'malformed_body' | 'schema_mismatch' | 'api_version_mismatch'>
  /** Says where, and what was expected there. */
  detail: string
}

/** Checks an event against the version that its source is pinned to. An event that states none fits. */
export function findVersionMisfit(
  { apiVersion }: Pick<Source, 'apiVersion'>,
  event: { apiVersion?: string },
): Misfit | undefined {
  if (apiVersion === undefined || event.apiVersion === undefined || event.apiVersion === apiVersion) return undefined
  const detail = `The event is of version ${event.apiVersion}, and the source is pinned to ${apiVersion}.`
  return { code: 'api_version_mismatch', detail }
}

/**
 * Checks an event's bytes against the schema of its type. Undefined when they fit; those of a type without a schema do. Unknown fields
 * are ignored, for providers add them at any time.
 */
export function findSchemaMisfit(
  { provider }: Pick<Source, 'provider'>,
  { type }: { type: string },
  body: Buffer,
): Misfit | undefined {
  const schema = schemaOf(provider, type)
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
