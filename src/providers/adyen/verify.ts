import { VerificationError } from '../../domain/errors.ts'
import { decodeBase64, hmacSha256, safeEqual } from '../hmac.ts'
import { parseJsonBody } from '../json-body.ts'
import { objectOf } from '../json-field.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { splitJsonArray } from '../split-json-array.ts'
import { hmacKey } from './hmac-key.ts'
import { ITEM, itemDigest, signatureOf, signedFields } from './notification-item.ts'

/**
 * Adyen signs in two ways. Webhooks of its platform, of banking and of management carry `HmacSignature` over the raw body; standard
 * webhooks carry a signature in each item, over eight of its fields, and all of them must hold. Neither proves a time: a replay is known
 * by its ID.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[]): Verified {
  const header = request.headers['hmacsignature']
  const proves = header === undefined ? itemsProof(request.body) : bodyProof(header, request.body)
  return matchSecret(secrets, (secret) => {
    const key = hmacKey(secret)
    return key !== undefined && proves(key)
  })
}

function bodyProof(header: string, body: Buffer): (key: Buffer) => boolean {
  if (header === '') throw new VerificationError('missing_signature')
  const signature = decodeBase64(header)
  if (signature === undefined) throw new VerificationError('invalid_signature')
  return (key) => safeEqual(signature, hmacSha256(key, body))
}

function itemsProof(body: Buffer): (key: Buffer) => boolean {
  if (!isStandard(body)) throw new VerificationError('missing_signature')
  const claims = splitJsonArray(body, 'notificationItems').map((part) => {
    const item = objectOf(parseJsonBody(part)[ITEM])
    const written = signatureOf(item)
    if (written === undefined) throw new VerificationError('missing_signature')
    const [signature, fields] = [decodeBase64(written), signedFields(item)]
    if (signature === undefined || fields === undefined) throw new VerificationError('invalid_signature')
    return { signature, fields }
  })
  if (claims.length === 0) throw new VerificationError('missing_signature')
  return (key) => claims.every(({ signature, fields }) => safeEqual(signature, itemDigest(key, fields)))
}

/** Whatever else comes without the header has no signature at all. */
function isStandard(body: Buffer): boolean {
  try {
    return Array.isArray(parseJsonBody(body)['notificationItems'])
  } catch {
    return false
  }
}
