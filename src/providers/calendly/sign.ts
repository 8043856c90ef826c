import type { SignOptions } from '../provider.ts'
import { signature } from './verify.ts'

export const sign = (body: Buffer, secret: string, { now }: SignOptions): Record<string, string> => ({
  'user-agent': 'Calendly',
  ...signature.sign(body, secret, now),
})
