import { VerificationError } from '../../domain/errors.ts'
import { decodeHexDigest, hmacSha256, safeEqual } from '../hmac.ts'
import { parseJsonBody, type JsonObject } from '../json-body.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { assertFresh } from '../timestamp.ts'

const TOLERANCE_SECONDS = 60

/**
 * `Linear-Signature` is the bare hex of HMAC-SHA256 over the body as sent. The time of sending stands within the body, in ms; the header
 * that repeats it is not signed.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const { 'linear-signature': header } = request.headers
  if (!header) throw new VerificationError('missing_signature')
  const signature = decodeHexDigest(header)
  if (signature === undefined) throw new VerificationError('invalid_signature')
  const verified = matchSecret(secrets, (secret) => safeEqual(signature, hmacSha256(secret, request.body)))
  const body = readGenuine(request.body)
  if (body !== undefined) assertFresh(timeOf(body), now, TOLERANCE_SECONDS)
  return verified
}

/** What cannot be read has no time to judge. It is genuine nevertheless, and `identify` refuses it for what it is. */
function readGenuine(body: Buffer): JsonObject | undefined {
  try {
    return parseJsonBody(body)
  } catch (error) {
    if (error instanceof VerificationError) return undefined
    throw error
  }
}

/** In seconds. */
function timeOf({ webhookTimestamp: time }: JsonObject): number {
  if (time === undefined) throw new VerificationError('missing_timestamp')
  if (typeof time !== 'number' || !Number.isFinite(time)) throw new VerificationError('bad_timestamp')
  return time / 1000
}
