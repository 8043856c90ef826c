import { signBody } from '../body-signature.ts'
import type { SignOptions } from '../provider.ts'

/** The headers of Cloud's first attempt. */
export const sign = (body: Buffer, secret: string, { id, type }: SignOptions): Record<string, string> => ({
  'user-agent': 'Bitbucket-Webhooks/2.0',
  ...(type !== undefined && { 'x-event-key': type }),
  'x-request-uuid': id,
  'x-attempt-number': '1',
  'x-hub-signature': signBody(body, secret),
})
