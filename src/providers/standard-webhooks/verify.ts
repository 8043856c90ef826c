import { verify as verifySignature } from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import { decodeBase64, hmacSha256, safeEqual } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { assertFresh, parseTimestamp } from '../timestamp.ts'
import { parseKey, type SigningKey } from './keys.ts'

/** More than a rotation of several keys needs; every Ed25519 signature costs a check. */
const MAX_SIGNATURES = 16

interface Claim {
  scheme: string
  signature: Buffer
}

/**
 * `webhook-signature` is a list of `v1,<base64>` (HMAC-SHA256) and `v1a,<base64>` (Ed25519) over ID, time and raw body,
 * joined by dots. A key proves only signatures of its own scheme, so a public key is never taken for a shared one.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const { 'webhook-id': id, 'webhook-timestamp': time = '', 'webhook-signature': header } = request.headers
  if (!header || !id) throw new VerificationError('missing_signature')
  const claims = header.split(' ').slice(0, MAX_SIGNATURES).flatMap(parseClaim)
  if (claims.length === 0) throw new VerificationError('invalid_signature')
  const timestamp = parseTimestamp(time)
  const prefix = `${id}.${time}.`
  const verified = matchSecret(secrets, (secret) => {
    const key = parseKey(secret)
    return key !== undefined && claims.some(provenBy(key, prefix, request.body))
  })
  assertFresh(timestamp, now)
  return verified
}

function parseClaim(text: string): Claim[] {
  const [scheme = '', encoded = '', ...rest] = text.split(',')
  const signature = rest.length === 0 ? decodeBase64(encoded) : undefined
  return signature === undefined ? [] : [{ scheme, signature }]
}

function provenBy(key: SigningKey, prefix: string, body: Buffer): (claim: Claim) => boolean {
  if (key.scheme === 'v1') {
    const expected = hmacSha256(key.shared, prefix, body)
    return ({ scheme, signature }) => scheme === 'v1' && safeEqual(signature, expected)
  }
  const content = Buffer.concat([Buffer.from(prefix), body])
  return ({ scheme, signature }) => scheme === 'v1a' && verifySignature(null, content, key.public, signature)
}
