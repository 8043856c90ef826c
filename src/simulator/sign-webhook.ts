import type { Provider, SignOptions } from '../providers/provider.ts'
import { type Tampering, tamper } from './tamper.ts'

export interface SignedRequest {
  headers: Record<string, string>
  body: Buffer
}

export interface WebhookToSign {
  provider: Provider
  contentType: string
  body: Buffer
  /** What the sender signs with. */
  secret: string
  /** `url` as the provider knows it. */
  facts: Required<SignOptions>
  tampering?: Tampering
}

/** Beyond the tolerance of every provider. */
const LONG_AGO_SECONDS = 30 * 86_400

/** A webhook as its provider sends it, or with one thing wrong about it. */
export function signWebhook({ provider, contentType, body, secret, facts, tampering }: WebhookToSign): SignedRequest {
  const options = tampering === 'timestamp' ? { ...facts, now: facts.now - LONG_AGO_SECONDS } : facts
  const written = provider.embedSignature?.(body, secret, options) ?? body
  const signed = { headers: { 'content-type': contentType, ...provider.sign(written, secret, options) }, body: written }
  return tampering === undefined ? signed : tamper(signed, tampering, body)
}

/** The URL of a hook as its provider calls it with this body. */
export const hookUrl = (
  provider: Provider,
  url: string,
  content: Pick<WebhookToSign, 'contentType' | 'body'>,
): string => provider.callUrl?.(url, content) ?? url
