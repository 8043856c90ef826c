import type { SignOptions } from '../provider.ts'
import { signature } from './verify.ts'

export const sign = (body: Buffer, secret: string, { now }: SignOptions): Record<string, string> => ({
  'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  ...signature.sign(body, secret, now),
})
