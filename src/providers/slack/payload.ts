import { parseJsonOrForm } from '../form-fields.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { textOf } from '../json-field.ts'

/**
 * Events come as JSON, slash commands as a form, and interactions as a form with the JSON in its `payload` field.
 * @throws VerificationError
 */
export function payloadOf(body: Buffer): JsonObject {
  const fields = parseJsonOrForm(body)
  const payload = textOf(fields['payload'])
  return payload === undefined || 'type' in fields ? fields : parseJsonBody(Buffer.from(payload))
}
