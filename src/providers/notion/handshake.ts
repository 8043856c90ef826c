import { VerificationError } from '../../domain/errors.ts'
import { parseJsonBody } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import type { HandshakeAnswer, WebhookRequest } from '../provider.ts'

/**
 * A new subscription brings its token, signed with that very token, which anybody could do: until it is the secret it is refused, and
 * no answer of ours depends on it, for Notion waits for a person to enter it. When it is sent again it verifies and ends here.
 */
export function handshake({ body }: WebhookRequest): HandshakeAnswer | undefined {
  return bringsToken(body) ? { status: 200, contentType: 'text/plain', body: '' } : undefined
}

function bringsToken(body: Buffer): boolean {
  try {
    const payload = parseJsonBody(body)
    return textOf(payload['verification_token']) !== undefined && payload['type'] === undefined
  } catch (error) {
    if (error instanceof VerificationError) return false
    throw error
  }
}
