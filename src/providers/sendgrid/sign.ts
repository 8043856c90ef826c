import { sign as signWith } from 'node:crypto'
import type { SignOptions } from '../provider.ts'
import { privateKey } from './keys.ts'
import { SIGNATURE, TIMESTAMP } from './verify.ts'

/**
 * Signs with a private key.
 * @throws Error for a secret that is none.
 */
export function sign(body: Buffer, secret: string, { now }: SignOptions): Record<string, string> {
  const key = privateKey(secret)
  if (key === undefined) throw new Error('the secret is no private P-256 key: write base64 of its PKCS #8 DER')
  const content = Buffer.concat([Buffer.from(String(now)), body])
  return {
    'user-agent': 'SendGrid Event API',
    [TIMESTAMP]: String(now),
    [SIGNATURE]: signWith('sha256', content, key).toString('base64'),
  }
}
