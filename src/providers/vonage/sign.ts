import { createHash, randomUUID } from 'node:crypto'
import { signJwt } from '../jwt.ts'
import type { SignOptions } from '../provider.ts'
import { hashedContent } from './verify.ts'

/** Signs with a JWT. The SMS API's `sig` is a part of the body, which whoever makes the body adds. */
export function sign(body: Buffer, secret: string, { now, url }: SignOptions): Record<string, string> {
  const content = hashedContent({ body, url })
  const claims = {
    iat: now,
    jti: randomUUID(),
    iss: 'Vonage',
    payload_hash: createHash('sha256').update(content).digest('hex'),
    api_key: 'a1b2c3d4',
  }
  return { authorization: `Bearer ${signJwt(claims, secret)}` }
}
