import { createHash } from 'node:crypto'
import type { Provider, SignOptions } from '../provider.ts'
import { signedParameters } from './signed-parameters.ts'
import { twilioDigest } from './verify.ts'

/**
 * Signs a form, or the URL alone where it holds `bodySHA256`, as it must for JSON.
 * @throws VerificationError for a body that is neither a form nor the one whose hash the URL holds.
 */
export const sign = (body: Buffer, secret: string, { url, id }: SignOptions): Record<string, string> => ({
  'user-agent': 'TwilioProxy/1.1',
  'i-twilio-idempotency-token': id,
  'x-twilio-signature': twilioDigest(secret, url, signedParameters(url, body)).toString('base64'),
})

/** The hash of a body that is no form stands in the URL, which is signed. */
export const callUrl: NonNullable<Provider['callUrl']> = (url, { contentType, body }) => {
  if (contentType !== 'application/json') return url
  const stating = new URL(url)
  stating.searchParams.set('bodySHA256', createHash('sha256').update(body).digest('hex'))
  return stating.href
}
