import { sign as signWith } from 'node:crypto'
import { ed25519PrivateKey } from '../ed25519.ts'
import { decodeBase64 } from '../hmac.ts'
import type { SignOptions } from '../provider.ts'

/**
 * Signs with a private key in base64: the seed, or the seed with the public key after it.
 * @throws Error for a secret that is neither.
 */
export function sign(body: Buffer, secret: string, { now }: SignOptions): Record<string, string> {
  const key = ed25519PrivateKey(decodeBase64(secret))
  if (key === undefined) throw new Error('the secret is no private Ed25519 key in base64')
  const signature = signWith(null, Buffer.concat([Buffer.from(`${now}|`), body]), key)
  return {
    'user-agent': 'telnyx-webhooks',
    'telnyx-timestamp': String(now),
    'telnyx-signature-ed25519': signature.toString('base64'),
  }
}
