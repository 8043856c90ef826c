import { verifyBodySignature } from '../body-signature.ts'
import type { Verified, WebhookRequest } from '../provider.ts'

/**
 * `X-Hub-Signature-256` over the body as sent, form or JSON. No time is signed, nor is the delivery's ID: only the
 * bytes themselves tell a replay.
 * @throws VerificationError
 */
export const verify = (request: WebhookRequest, secrets: readonly string[]): Verified =>
  verifyBodySignature(request.headers['x-hub-signature-256'], request.body, secrets)
