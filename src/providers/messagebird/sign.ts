import { createHash, randomUUID } from 'node:crypto'
import { parseJsonOrForm } from '../form-fields.ts'
import { signJwt } from '../jwt.ts'
import type { SignOptions } from '../provider.ts'
import { birdDigest } from './digest.ts'
import { isBirdEvent } from './subject.ts'

/** The body tells which platform sends it. */
export function sign(body: Buffer, secret: string, { now, url }: SignOptions): Record<string, string> {
  if (isFromBird(body)) {
    const time = String(now)
    return {
      'messagebird-request-id': randomUUID(),
      'messagebird-request-timestamp': time,
      'messagebird-signature': birdDigest({ secret, time, url, body }).toString('base64'),
    }
  }
  const claims = {
    iss: 'MessageBird',
    nbf: now,
    exp: now + 60,
    jti: randomUUID(),
    url_hash: sha256(url),
    ...(body.length > 0 && { payload_hash: sha256(body) }),
  }
  return { 'messagebird-signature-jwt': signJwt(claims, secret) }
}

function isFromBird(body: Buffer): boolean {
  try {
    return isBirdEvent(parseJsonOrForm(body))
  } catch {
    return false
  }
}

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex')
