import { VerificationError } from '../../domain/errors.ts'
import { decodeBase64, hmacSha256, safeEqual } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { readHeaders } from './headers.ts'

/**
 * Base64 of HMAC-SHA256 over the body as sent, keyed with the app's client secret as text. Neither a time nor a header is signed.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[]): Verified {
  const { hmac } = readHeaders(request)
  if (!hmac) throw new VerificationError('missing_signature')
  const signature = decodeBase64(hmac)
  if (signature === undefined) throw new VerificationError('invalid_signature')
  return matchSecret(secrets, (secret) => safeEqual(signature, hmacSha256(secret, request.body)))
}
