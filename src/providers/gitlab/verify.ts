import { VerificationError } from '../../domain/errors.ts'
import { safeEqualText } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { verify as verifySignature } from '../standard-webhooks/verify.ts'
import { isSigningToken } from './signing-token.ts'

/**
 * A hook may have a secret token, which it sends as it is, a signing token (`whsec_…`), with which it signs by Standard Webhooks, or
 * both while it is moved from one to the other. A signed request stands or falls by its signature, if there is a signing token to judge
 * it; ID and time come along with every request and prove nothing alone.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const { 'webhook-signature': signature, 'x-gitlab-token': token } = request.headers
  if (signature && secrets.some(isSigningToken)) {
    return verifySignature(request, keepOnly(secrets, isSigningToken), now)
  }
  if (!token) throw new VerificationError(signature ? 'invalid_signature' : 'missing_signature')
  return matchSecret(
    keepOnly(secrets, (secret) => !isSigningToken(secret)),
    (secret) => safeEqualText(token, secret),
  )
}

/** The others leave an empty place, which proves nothing, so that every secret keeps its number. */
const keepOnly = (secrets: readonly string[], isFit: (secret: string) => boolean): string[] =>
  secrets.map((secret) => (isFit(secret) ? secret : ''))
