import { createHmac } from 'node:crypto'
import { VerificationError } from '../../domain/errors.ts'
import { decodeBase64, safeEqual } from '../hmac.ts'
import { matchSecret } from '../match-secret.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { signedParameters } from './signed-parameters.ts'
import { signedUrls } from './signed-urls.ts'

/** SHA-1 is Twilio's choice; as an HMAC it still holds. */
export const twilioDigest = (secret: string, url: string, parameters: string): Buffer =>
  createHmac('sha1', secret)
    .update(url + parameters)
    .digest()

/**
 * `X-Twilio-Signature`: over the URL as configured and the parameters of a form, or the URL alone, which then holds the hash of the
 * body or, for a GET, the parameters themselves. No time is signed: only the event's key tells a replay.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[]): Verified {
  const { 'x-twilio-signature': header, authorization } = request.headers
  if (!header) throw new VerificationError('missing_signature')
  const signature = decodeBase64(header)
  if (signature === undefined) throw new VerificationError('invalid_signature')
  const parameters = signedParameters(request.url, request.body)
  const urls = signedUrls(request.url, authorization)
  return matchSecret(secrets, (secret) =>
    urls.some((url) => safeEqual(signature, twilioDigest(secret, url, parameters))),
  )
}
