import { verifyBodySignature } from '../body-signature.ts'
import type { Verified, WebhookRequest } from '../provider.ts'
import { assertFresh, parseTimestamp } from '../timestamp.ts'

/**
 * The signature covers the body and nothing else. The time stands in a header that anybody can rewrite, so its window
 * stops only the lazy; what makes a replay harmless is that the event ID is in the signed body.
 * @throws VerificationError
 */
export function verify(request: WebhookRequest, secrets: readonly string[], now: number): Verified {
  const verified = verifyBodySignature(request.headers['x-teamconnect-signature'], request.body, secrets)
  assertFresh(parseTimestamp(request.headers['x-teamconnect-timestamp']), now)
  return verified
}
