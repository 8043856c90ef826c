import { createHash, createHmac } from 'node:crypto'
import type { JsonObject } from '../json-body.ts'

export type SmsAlgorithm = 'md5hash' | 'md5' | 'sha1' | 'sha256' | 'sha512'

/** An account is set to one of them, and no request says which: the length of the signature does, all but for the two of MD5. */
const BY_LENGTH: ReadonlyMap<number, readonly SmsAlgorithm[]> = new Map([
  [32, ['md5hash', 'md5']],
  [40, ['sha1']],
  [64, ['sha256']],
  [128, ['sha512']],
])

/** A signature of the SMS API, in hex of either case; undefined for any other text. */
export function parseSmsSignature(
  text: string,
): { signature: Buffer; algorithms: readonly SmsAlgorithm[] } | undefined {
  const algorithms = BY_LENGTH.get(text.length)
  if (algorithms === undefined || !/^[0-9a-f]+$/i.test(text)) return undefined
  return { signature: Buffer.from(text, 'hex'), algorithms }
}

/**
 * The signed text: every parameter but `sig` as `&name=value`, sorted by name, with `_` for what could be taken for a separator.
 * Undefined where a value is not plain text: it would leave open what was signed.
 */
export function smsContent(parameters: JsonObject): string | undefined {
  const { sig: _signature, ...signed } = parameters
  const entries = Object.entries(signed).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (!entries.every(([, value]) => typeof value === 'string' || typeof value === 'number')) return undefined
  return entries.map(([name, value]) => `&${name}=${String(value).replaceAll(/[&=]/g, '_')}`).join('')
}

export function smsDigest(algorithm: SmsAlgorithm, secret: string, content: string): Buffer {
  if (algorithm === 'md5hash')
    return createHash('md5')
      .update(content + secret)
      .digest()
  return createHmac(algorithm, secret).update(content).digest()
}
