import { VerificationError } from '../../domain/errors.ts'
import { eventBytes, fieldsOf, parseForm, parseJsonOrForm, queryOf } from '../form-fields.ts'
import { safeEqual } from '../hmac.ts'
import { idOf, textOf } from '../json-field.ts'
import { claimsDigest, timeClaim, verifyJwt } from '../jwt.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { assertFresh, parseTimestamp, TOLERANCE_SECONDS } from '../timestamp.ts'
import { parseSmsSignature, smsContent, smsDigest } from './sms-signature.ts'

/**
 * A JWT in `Authorization`, as Messages, Voice and Verify send it, or else `sig` among the parameters, as the SMS API does where signing
 * was asked for. Both are keyed with the account's signature secret.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const { authorization } = request.headers
  return authorization ? verifyToken(authorization, request, secrets, now) : verifyParameters(request, secrets, now)
}

function verifyToken(
  authorization: string,
  request: WebhookRequest,
  secrets: readonly string[],
  now: number,
): Verified {
  const [, token] = /^Bearer (\S+)$/i.exec(authorization) ?? []
  if (token === undefined) throw new VerificationError('invalid_signature')
  const { claims, secretIndex } = verifyJwt(token, secrets, ['HS256'])
  // It has no end of its own, so that without a window it would be good for ever.
  assertFresh(timeClaim(claims, 'iat'), now)
  if (claims['exp'] !== undefined && timeClaim(claims, 'exp') < now) throw new VerificationError('stale_timestamp')
  if (!claimsDigest(claims['payload_hash'], hashedContent(request))) throw new VerificationError('invalid_signature')
  return { secretIndex }
}

/** Of a GET, Vonage hashes the parameters as if they were a JSON body. */
export const hashedContent = ({ body, url }: Pick<WebhookRequest, 'body' | 'url'>): Buffer | string =>
  body.length > 0 ? body : JSON.stringify(fieldsOf(parseForm(Buffer.from(queryOf(url)))))

/** It is not said whether a repetition is signed anew, and Vonage repeats for a day. */
const PARAMETERS_TOLERANCE = 24 * 3600 + TOLERANCE_SECONDS

function verifyParameters(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const bytes = eventBytes(request)
  if (bytes.length === 0) throw new VerificationError('missing_signature')
  const parameters = parseJsonOrForm(bytes)
  const sig = textOf(parameters['sig'])
  if (sig === undefined) throw new VerificationError('missing_signature')
  const [stated, content] = [parseSmsSignature(sig), smsContent(parameters)]
  if (stated === undefined || content === undefined) throw new VerificationError('invalid_signature')
  const timestamp = parseTimestamp(idOf(parameters['timestamp']))
  const verified = matchSecret(secrets, (secret) =>
    stated.algorithms.some((algorithm) => safeEqual(stated.signature, smsDigest(algorithm, secret, content))),
  )
  assertFresh(timestamp, now, PARAMETERS_TOLERANCE)
  return verified
}
