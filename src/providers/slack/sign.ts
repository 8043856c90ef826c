import type { SignOptions } from '../provider.ts'
import { digest } from './verify.ts'

export const sign = (body: Buffer, secret: string, { now }: SignOptions): Record<string, string> => ({
  'user-agent': 'Slackbot 1.0 (+https://api.slack.com/robots)',
  'x-slack-request-timestamp': String(now),
  'x-slack-signature': `v0=${digest(secret, String(now), body).toString('hex')}`,
})
