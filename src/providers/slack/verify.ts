import { VerificationError } from '../../domain/errors.ts'
import { decodeHexDigest, hmacSha256, safeEqual } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { assertFresh, parseTimestamp } from '../timestamp.ts'

const PREFIX = 'v0='

/**
 * `X-Slack-Signature: v0=<hex>` over `v0:<time>:` and the body as sent, JSON or form, keyed with the app's signing secret as text.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const { 'x-slack-signature': header, 'x-slack-request-timestamp': time } = request.headers
  if (!header) throw new VerificationError('missing_signature')
  const signature = header.startsWith(PREFIX) ? decodeHexDigest(header.slice(PREFIX.length)) : undefined
  if (signature === undefined) throw new VerificationError('invalid_signature')
  const timestamp = parseTimestamp(time)
  const verified = matchSecret(secrets, (secret) => safeEqual(signature, digest(secret, time ?? '', request.body)))
  assertFresh(timestamp, now)
  return verified
}

/** `time` as it was written. */
export const digest = (secret: string, time: string, body: Buffer): Buffer => hmacSha256(secret, `v0:${time}:`, body)
