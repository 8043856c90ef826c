import { VerificationError } from '../../domain/errors.ts'
import { safeEqualText } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { timedSignature } from '../timed-signature.ts'

const SIGNATURE = 'x-buildkite-signature'

/** `timestamp=<Unix seconds>,signature=<hex>`, keyed with the token. */
export const signature = timedSignature({ header: SIGNATURE, names: { time: 'timestamp', signature: 'signature' } })

/**
 * A notification service signs with its token, or sends it along as it is: whoever has one can do either. A request that claims a
 * signature is judged by it, whatever token comes along.
 * @throws VerificationError
 */
export const verify = (request: WebhookRequest, secrets: readonly string[], now: number): Verified =>
  request.headers[SIGNATURE] === undefined ? verifyToken(request, secrets) : signature.verify(request, secrets, now)

function verifyToken({ headers }: WebhookRequest, secrets: readonly string[]): Verified {
  const token = headers['x-buildkite-token']
  if (!token) throw new VerificationError('missing_signature')
  return matchSecret(secrets, (secret) => safeEqualText(token, secret))
}
