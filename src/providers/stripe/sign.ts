import { hmacSha256 } from '../hmac.ts'
import type { SignOptions } from '../provider.ts'

export const sign = (body: Buffer, secret: string, { now }: SignOptions): Record<string, string> => ({
  'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  'stripe-signature': `t=${now},v1=${hmacSha256(secret, `${now}.`, body).toString('hex')}`,
})
