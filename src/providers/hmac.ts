import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/**
 * HMAC-SHA256 over the parts as they follow each other. Bodies are passed as bytes: decoding one would change what was
 * signed.
 */
export function hmacSha256(key: string | Buffer, ...parts: readonly (string | Buffer)[]): Buffer {
  const hmac = createHmac('sha256', key)
  for (const part of parts) hmac.update(part)
  return hmac.digest()
}

/** Equality in constant time; false for unequal lengths, where `timingSafeEqual` would throw. */
export const safeEqual = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b)

/** Equality of texts in constant time, whatever their lengths: their digests are of one. */
export const safeEqualText = (a: string, b: string): boolean => timingSafeEqual(sha256(a), sha256(b))

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()

/**
 * A SHA-256 digest in lower-case hex; undefined for anything else. Checked as a whole before decoding, because Node's
 * decoder stops at the first bad character and would let trailing garbage pass.
 */
export const decodeHexDigest = (text: string): Buffer | undefined =>
  /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : undefined

/** Standard base64 with padding; undefined for every other spelling, of which Node's decoder would accept several. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length > 0 && bytes.toString('base64') === text ? bytes : undefined
}
