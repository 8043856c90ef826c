import { signBody } from '../body-signature.ts'

export const sign = (body: Buffer, secret: string): Record<string, string> => ({
  'user-agent': 'Notion-Webhook',
  'x-notion-signature': signBody(body, secret),
})
