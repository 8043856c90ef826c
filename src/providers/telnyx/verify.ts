import { verify as verifySignature } from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import { ed25519PublicKey } from '../ed25519.ts'
import { decodeBase64 } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { assertFresh, parseTimestamp } from '../timestamp.ts'

/**
 * `telnyx-signature-ed25519`: Ed25519 over the time as written, a bar and the raw body, proven with the account's public key in
 * base64.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const { 'telnyx-signature-ed25519': header, 'telnyx-timestamp': time } = request.headers
  if (!header) throw new VerificationError('missing_signature')
  const timestamp = parseTimestamp(time)
  const signature = decodeBase64(header)
  if (signature === undefined) throw new VerificationError('invalid_signature')
  const content = Buffer.concat([Buffer.from(`${time}|`), request.body])
  const verified = matchSecret(secrets, (secret) => {
    const key = ed25519PublicKey(decodeBase64(secret))
    return key !== undefined && verifySignature(null, content, key, signature)
  })
  assertFresh(timestamp, now)
  return verified
}
