import type { IncomingMessage } from 'node:http'
import type { WebhookRequest } from '../providers/provider.ts'
import type { SourceSecret } from '../providers/source.ts'

/** The request as providers see it. Node has joined repeated headers by `, ` already, all but one. */
export function toWebhookRequest(request: IncomingMessage, body: Buffer, publicUrl: string): WebhookRequest {
  const { headers, method = 'POST', url = '/' } = request
  const cookies = headers['set-cookie']
  return {
    method,
    url: publicUrl + url,
    headers: (cookies === undefined ? headers : { ...headers, 'set-cookie': cookies.join(', ') }) as Record<
      string,
      string
    >,
    body,
  }
}

/** Credentials, and what proxies and connections add: neither helps to verify the stored event again. */
const NOT_STORED = new Set([
  'authorization',
  'connection',
  'cookie',
  'forwarded',
  'keep-alive',
  'proxy-authorization',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-real-ip',
])

/** The headers that are stored with an event. One that holds a secret of the source itself, as plain token schemes do, is left out. */
export function storedHeaders(
  headers: WebhookRequest['headers'],
  secrets: readonly SourceSecret[],
): Record<string, string> {
  const stored: Record<string, string> = {}
  for (const name in headers) {
    const value = headers[name] as string
    if (NOT_STORED.has(name) || name.startsWith('x-forwarded-')) continue
    if (!secrets.some((secret) => value.includes(secret.value))) stored[name] = value
  }
  return stored
}
