import { VerificationError } from '../domain/errors.ts'
import { decodeHexDigest, hmacSha256, safeEqual } from './hmac.ts'
import { matchSecret } from './match-secret.ts'
import type { Verified } from './provider.ts'

const PREFIX = 'sha256='

/**
 * Verifies `sha256=<hex>`: HMAC-SHA256 of the raw body and of nothing else.
 * @throws VerificationError
 */
export function verifyBodySignature(header: string | undefined, body: Buffer, secrets: readonly string[]): Verified {
  if (!header) throw new VerificationError('missing_signature')
  const signature = header.startsWith(PREFIX) ? decodeHexDigest(header.slice(PREFIX.length)) : undefined
  if (signature === undefined) throw new VerificationError('invalid_signature')
  return matchSecret(secrets, (secret) => safeEqual(signature, hmacSha256(secret, body)))
}

/** `sha256=<hex>`, the header that `verifyBodySignature` proves: HMAC-SHA256 of the body, keyed with the secret as text. */
export const signBody = (body: Buffer, secret: string): string => PREFIX + hmacSha256(secret, body).toString('hex')
