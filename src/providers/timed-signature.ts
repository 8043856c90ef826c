import { VerificationError } from '../domain/errors.ts'
import { decodeHexDigest, hmacSha256, safeEqual } from './hmac.ts'
import { matchSecret } from './match-secret.ts'
import type { Verified, WebhookRequest } from './provider.ts'
import { TOLERANCE_SECONDS, assertFresh, parseTimestamp } from './timestamp.ts'

/** In which header a signature stands with its time, and how old it may be. */
export interface TimedSignatureOptions {
  /** Lower case. */
  header: string
  /** What the time is called in the header, and what a signature. */
  names: { time: string; signature: string }
  /** Default five minutes, either way. */
  toleranceSeconds?: number
}

export interface TimedSignature {
  /** @throws VerificationError */
  verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified
  /** The header. */
  sign(body: Buffer, secret: string, now: number): Record<string, string>
}

/**
 * `<time>=<Unix seconds>,<signature>=<hex>` in one header: HMAC-SHA256 over the time as written, a dot and the raw body, keyed with the
 * whole secret as text. Of several signatures, as there are while a secret is rotated, any proves the request.
 */
export function timedSignature({ header, names, toleranceSeconds = TOLERANCE_SECONDS }: TimedSignatureOptions) {
  return {
    verify(request, secrets, now) {
      const written = request.headers[header]
      if (!written) throw new VerificationError('missing_signature')
      const { time, signatures } = parseHeader(written, names)
      if (signatures.length === 0) throw new VerificationError('invalid_signature')
      const timestamp = parseTimestamp(time)
      const verified = matchSecret(secrets, (secret) => {
        const expected = digest(secret, time, request.body)
        return signatures.some((signature) => safeEqual(signature, expected))
      })
      assertFresh(timestamp, now, toleranceSeconds)
      return verified
    },
    sign(body, secret, now) {
      const signature = digest(secret, String(now), body).toString('hex')
      return { [header]: `${names.time}=${now},${names.signature}=${signature}` }
    },
  } satisfies TimedSignature
}

const digest = (secret: string, time: string, body: Buffer): Buffer => hmacSha256(secret, `${time}.`, body)

function parseHeader(header: string, names: TimedSignatureOptions['names']): { time: string; signatures: Buffer[] } {
  let time = ''
  const signatures: Buffer[] = []
  for (const item of header.split(',')) {
    const [name, value = ''] = splitOnce(item)
    // Also behind the space with which a repeated header is joined: two times leave open which one is signed.
    if (name.trim() === names.time) {
      if (time !== '') throw new VerificationError('bad_timestamp')
      time = value
    }
    const signature = name === names.signature ? decodeHexDigest(value) : undefined
    if (signature !== undefined) signatures.push(signature)
  }
  return { time, signatures }
}

function splitOnce(item: string): [string, string?] {
  const at = item.indexOf('=')
  return at === -1 ? [item] : [item.slice(0, at), item.slice(at + 1)]
}
