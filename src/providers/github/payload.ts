import { VerificationError } from '../../domain/errors.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'

const FIELD = Buffer.from('payload=')

/**
 * The payload of either content type that a hook can be set to: JSON, or a form with the JSON in its `payload` field.
 * JSON begins with no letter `p`, so the bytes tell which.
 * @throws VerificationError
 */
export const payloadOf = (body: Buffer): JsonObject =>
  parseJsonBody(body.subarray(0, FIELD.length).equals(FIELD) ? formField(body.subarray(FIELD.length)) : body)

function formField(rest: Buffer): Buffer {
  const [value = ''] = rest.toString('latin1').split('&', 1)
  try {
    return Buffer.from(decodeURIComponent(value.replaceAll('+', ' ')))
  } catch (cause) {
    throw new VerificationError('malformed_body', { message: 'The form field is not percent-encoded UTF-8.', cause })
  }
}
