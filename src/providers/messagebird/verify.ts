import { VerificationError } from '../../domain/errors.ts'
import { decodeBase64, safeEqual } from '../hmac.ts'
import type { JsonObject } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import { claimsDigest, timeClaim, verifyJwt } from '../jwt.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { assertFresh, parseTimestamp, TOLERANCE_SECONDS } from '../timestamp.ts'
import { birdDigest, legacyDigest } from './digest.ts'

/** For clocks that differ; a token itself is good for a minute. */
const SLACK_SECONDS = 5
/** The old scheme's own limit is below 100. */
const LEGACY_TOLERANCE = 99

/**
 * A JWT in `MessageBird-Signature-JWT`; or, without one, `MessageBird-Signature` and its time, as the Bird platform writes it or as
 * MessageBird itself did before.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const { 'messagebird-signature-jwt': token, 'messagebird-signature': signature } = request.headers
  if (token) return verifyToken(token, request, secrets, now)
  if (signature) return verifyDigest(signature, request, secrets, now)
  throw new VerificationError('missing_signature')
}

function verifyToken(token: string, request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const { claims, secretIndex } = verifyJwt(token, secrets, ['HS256', 'HS384', 'HS512'])
  if (claims['iss'] !== 'MessageBird' || textOf(claims['jti']) === undefined || !coversRequest(claims, request))
    throw new VerificationError('invalid_signature')
  if (now < timeClaim(claims, 'nbf') - SLACK_SECONDS || now >= timeClaim(claims, 'exp') + SLACK_SECONDS)
    throw new VerificationError('stale_timestamp')
  return { secretIndex }
}

function coversRequest(claims: JsonObject, { url, body }: WebhookRequest): boolean {
  const isEmpty = body.length === 0 && claims['payload_hash'] === undefined
  return claimsDigest(claims['url_hash'], url) && (isEmpty || claimsDigest(claims['payload_hash'], body))
}

function verifyDigest(header: string, request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const time = request.headers['messagebird-request-timestamp'] ?? ''
  const timestamp = parseTimestamp(time)
  const signature = decodeBase64(header)
  if (signature === undefined) throw new VerificationError('invalid_signature')
  let isBird = false
  const verified = matchSecret(secrets, (secret) => {
    const input = { secret, time, url: request.url, body: request.body }
    isBird = safeEqual(signature, birdDigest(input))
    return isBird || safeEqual(signature, legacyDigest(input))
  })
  assertFresh(timestamp, now, isBird ? TOLERANCE_SECONDS : LEGACY_TOLERANCE)
  return verified
}
