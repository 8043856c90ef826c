import { VerificationError } from '../../domain/errors.ts'
import { decodeHexDigest, hmacSha256, safeEqual } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'

/** The only version there is. CircleCI asks to look at the newest one that is known, and to pass over others. */
export const VERSION = 'v1='

/**
 * `circleci-signature` is a list of `<version>=<hex>`; `v1` is HMAC-SHA256 of the raw body. No time is signed: a replay is known by the
 * event's ID.
 * @throws VerificationError
 */
export function verify({ headers, body }: WebhookRequest, secrets: readonly string[]): Verified {
  const header = headers['circleci-signature']
  if (!header) throw new VerificationError('missing_signature')
  const items = header.split(',').map((item) => item.trimStart())
  const [written = '', another] = items.filter((item) => item.startsWith(VERSION))
  // Two of one version are none of CircleCI's.
  const signature = another === undefined ? decodeHexDigest(written.slice(VERSION.length)) : undefined
  if (signature === undefined) throw new VerificationError('invalid_signature')
  return matchSecret(secrets, (secret) => safeEqual(signature, hmacSha256(secret, body)))
}
