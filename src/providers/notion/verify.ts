import { verifyBodySignature } from '../body-signature.ts'
import type { Verified, WebhookRequest } from '../provider.ts'

/**
 * `X-Notion-Signature: sha256=<hex>`, in letters of either case, over the body as sent. The key is the token that Notion sent when the
 * subscription was made. No time is signed.
 * @throws VerificationError
 */
export const verify = (request: WebhookRequest, secrets: readonly string[]): Verified =>
  verifyBodySignature(
    request.headers['x-notion-signature']?.replace(/(?<=^sha256=)[0-9A-F]+$/i, lower),
    request.body,
    secrets,
  )

const lower = (hex: string): string => hex.toLowerCase()
