import { VerificationError } from '../../domain/errors.ts'
import { decodeHexDigest, hmacSha256, safeEqual } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { assertFresh, parseTimestamp } from '../timestamp.ts'

/**
 * `t=<Unix seconds>,v1=<hex>`: HMAC-SHA256 over the time as written, a dot and the raw body, keyed with the whole
 * secret, prefix included. While an endpoint's secret is rolled there are several `v1`, any of which proves the
 * request; `v0` is a scheme for tests and proves nothing.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const header = request.headers['stripe-signature']
  if (!header) throw new VerificationError('missing_signature')
  const { time, signatures } = parseSignatureHeader(header)
  if (signatures.length === 0) throw new VerificationError('invalid_signature')
  const timestamp = parseTimestamp(time)
  const verified = matchSecret(secrets, (secret) => {
    const expected = hmacSha256(secret, `${time}.`, request.body)
    return signatures.some((signature) => safeEqual(signature, expected))
  })
  assertFresh(timestamp, now)
  return verified
}

function parseSignatureHeader(header: string): { time: string; signatures: Buffer[] } {
  let time = ''
  const signatures: Buffer[] = []
  for (const item of header.split(',')) {
    const [scheme, value = ''] = splitOnce(item)
    if (scheme === 't') {
      // Two times leave open which one is signed.
      if (time !== '') throw new VerificationError('bad_timestamp')
      time = value
    }
    const signature = scheme === 'v1' ? decodeHexDigest(value) : undefined
    if (signature !== undefined) signatures.push(signature)
  }
  return { time, signatures }
}

function splitOnce(item: string): [string, string?] {
  const at = item.indexOf('=')
  return at === -1 ? [item] : [item.slice(0, at), item.slice(at + 1)]
}
