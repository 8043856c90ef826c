import { createHash } from 'node:crypto'
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

/** Twilio states the hash of a body that is no form in the URL, which it signs. */
export function hookUrl(
  provider: Provider,
  url: string,
  { contentType, body }: Pick<WebhookToSign, 'contentType' | 'body'>,
): string {
  if (provider.name !== 'twilio' || contentType !== 'application/json') return url
  const stating = new URL(url)
  stating.searchParams.set('bodySHA256', createHash('sha256').update(body).digest('hex'))
  return stating.href
}
