import { verifyBodySignature } from '../body-signature.ts'
import type { Verified, WebhookRequest } from '../provider.ts'

/**
 * `X-Hub-Signature` over the body as sent, with SHA-256 under the name that GitHub uses for SHA-1; Cloud and Data Center alike. Neither
 * a time nor a header is signed.
 * @throws VerificationError
 */
export const verify = (request: WebhookRequest, secrets: readonly string[]): Verified =>
  verifyBodySignature(request.headers['x-hub-signature'], request.body, secrets)
