import { sign as signWith } from 'node:crypto'
import { hmacSha256 } from '../hmac.ts'
import type { SignOptions } from '../provider.ts'
import { parseKey } from './keys.ts'

/**
 * Signs with a shared key (`whsec_`) or a private one (`whsk_`).
 * @throws Error for a secret that is neither.
 */
export function sign(body: Buffer, secret: string, { now, id }: SignOptions): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(now),
    'webhook-signature': signature(secret, `${id}.${now}.`, body),
  }
}

function signature(secret: string, prefix: string, body: Buffer): string {
  const key = parseKey(secret)
  if (key?.scheme === 'v1') return `v1,${hmacSha256(key.shared, prefix, body).toString('base64')}`
  if (key?.private === undefined)
    throw new Error('the secret is no key that can sign: write whsec_ or whsk_ and base64')
  return `v1a,${signWith(null, Buffer.concat([Buffer.from(prefix), body]), key.private).toString('base64')}`
}
