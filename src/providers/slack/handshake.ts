import { VerificationError } from '../../domain/errors.ts'
import type { JsonObject } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import type { HandshakeAnswer, WebhookRequest } from '../provider.ts'
import { payloadOf } from './payload.ts'

/** The challenge of a URL that was entered, and the look at a command's certificate now and then. Both are signed. */
export function handshake({ body }: WebhookRequest): HandshakeAnswer | undefined {
  const payload = readOrNothing(body)
  const challenge = textOf(payload['challenge'])
  if (payload['type'] === 'url_verification' && challenge !== undefined) return answer(challenge)
  return payload['ssl_check'] === '1' ? answer('') : undefined
}

const answer = (body: string): HandshakeAnswer => ({ status: 200, contentType: 'text/plain', body })

function readOrNothing(body: Buffer): JsonObject {
  try {
    return payloadOf(body)
  } catch (error) {
    if (error instanceof VerificationError) return {}
    throw error
  }
}
