import { verify as verifySignature } from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import { decodeBase64 } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { assertFresh, parseTimestamp } from '../timestamp.ts'
import { publicKey } from './keys.ts'

export const SIGNATURE = 'x-twilio-email-event-webhook-signature'
export const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp'

/** SendGrid publishes no tolerance, but tries a batch for a day and no longer: an hour more, for clocks and queues. */
export const TOLERANCE_SECONDS = 25 * 3600

/**
 * ECDSA (P-256, SHA-256, DER) over the time as written and the raw body, which ends in CR LF, with nothing between them. The secret is
 * SendGrid's public key.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const { [SIGNATURE]: header, [TIMESTAMP]: time = '' } = request.headers
  if (!header) throw new VerificationError('missing_signature')
  const timestamp = parseTimestamp(time)
  const signature = decodeBase64(header)
  if (signature === undefined) throw new VerificationError('invalid_signature')
  const content = Buffer.concat([Buffer.from(time), request.body])
  const verified = matchSecret(secrets, (secret) => {
    const key = publicKey(secret)
    return key !== undefined && verifySignature('sha256', content, key, signature)
  })
  assertFresh(timestamp, now, TOLERANCE_SECONDS)
  return verified
}
