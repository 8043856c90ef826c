import { randomUUID } from 'node:crypto'
import type { Provider, WebhookRequest } from '../../providers/provider.ts'

/** What `signedRequest` signs, and what it states beside the body. */
export interface RequestToSign {
  /** Bytes as they are to be sent, or a value to be written as JSON. */
  body: Buffer | object
  secret: string
  /** For providers that state the type in a header. */
  type?: string
  /** The event ID, for providers that state it in a header. Default: a new one. */
  id?: string
  /** Unix seconds. Default: now. */
  now?: number
  /** The public URL of the hook. */
  url?: string
}

/** A request as the provider would send it, ready for `verify` and `identify`, or to be posted. */
export function signedRequest(provider: Provider, options: RequestToSign): WebhookRequest {
  const { body, secret, id = randomUUID(), now = Math.floor(Date.now() / 1000), type } = options
  const url = options.url ?? `https://hooks.example.com/webhooks/${provider.name}`
  const unsigned = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body))
  const facts = { now, url, id, ...(type !== undefined && { type }) }
  const bytes = provider.embedSignature?.(unsigned, secret, facts) ?? unsigned
  const signed = provider.sign(bytes, secret, facts)
  const contentType = provider.contentTypes[0] ?? 'application/json'
  return {
    method: provider.methods[0] ?? 'POST',
    url,
    headers: { 'content-type': contentType, ...signed },
    body: bytes,
  }
}
