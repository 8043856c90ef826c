import { createHash, createHmac } from 'node:crypto'
import { VerificationError } from '../domain/errors.ts'
import { decodeHexDigest, safeEqual } from './hmac.ts'
import { parseJsonBody, type JsonObject } from './json-body.ts'
import { matchSecret } from './match-secret.ts'
import type { Verified } from './provider.ts'

/** Shared keys only: `none` proves nothing, and a public key must never be taken for a shared one. */
const DIGESTS = { HS256: 'sha256', HS384: 'sha384', HS512: 'sha512' } as const

export type JwtAlgorithm = keyof typeof DIGESTS

export interface VerifiedJwt extends Verified {
  claims: JsonObject
}

/**
 * Proves a compact JWS (RFC 7515) and reads its claims. What they say, times among it, is the caller's to judge.
 * @throws VerificationError
 */
export function verifyJwt(token: string, secrets: readonly string[], algorithms: readonly JwtAlgorithm[]): VerifiedJwt {
  const [header = '', payload = '', encoded = '', ...rest] = token.split('.')
  const signature = decodePart(encoded)
  const algorithm = algorithmOf(header, algorithms)
  if (algorithm === undefined || signature === undefined || rest.length > 0) throw unfit()
  const verified = matchSecret(secrets, (secret) => safeEqual(signature, digest(algorithm, secret, header, payload)))
  const claims = parsePart(payload)
  if (claims === undefined) throw unfit()
  return { ...verified, claims }
}

export function signJwt(claims: JsonObject, secret: string, algorithm: JwtAlgorithm = 'HS256'): string {
  const [header, payload] = [{ alg: algorithm, typ: 'JWT' }, claims].map(encodePart) as [string, string]
  return `${header}.${payload}.${digest(algorithm, secret, header, payload).toString('base64url')}`
}

/**
 * A claim that holds a time, in Unix seconds.
 * @throws VerificationError
 */
export function timeClaim(claims: JsonObject, name: string): number {
  const time = claims[name]
  if (time === undefined) throw new VerificationError('missing_timestamp')
  if (typeof time !== 'number' || !Number.isFinite(time)) throw new VerificationError('bad_timestamp')
  return time
}

/** Whether a claim is the SHA-256 of `content`, in hex. */
export function claimsDigest(claim: unknown, content: Buffer | string): boolean {
  const stated = typeof claim === 'string' ? decodeHexDigest(claim) : undefined
  return stated !== undefined && safeEqual(stated, createHash('sha256').update(content).digest())
}

const unfit = (): VerificationError => new VerificationError('invalid_signature')

const digest = (algorithm: JwtAlgorithm, secret: string, header: string, payload: string): Buffer =>
  createHmac(DIGESTS[algorithm], secret).update(`${header}.${payload}`).digest()

/** A header that marks extensions as critical asks for what nobody here understands. */
function algorithmOf(part: string, allowed: readonly JwtAlgorithm[]): JwtAlgorithm | undefined {
  const header = parsePart(part)
  return header === undefined || 'crit' in header ? undefined : allowed.find((name) => name === header['alg'])
}

const encodePart = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Base64url without padding; undefined for every other spelling, of which Node's decoder would accept several. */
function decodePart(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : undefined
}

function parsePart(text: string): JsonObject | undefined {
  const bytes = decodePart(text)
  if (bytes === undefined) return undefined
  try {
    return parseJsonBody(bytes)
  } catch {
    return undefined
  }
}
