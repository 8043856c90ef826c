import type { WebhookRequest } from '../provider.ts'

/** Svix names its headers after itself, or, for senders that hide it, as the standard does: here they are always the standard's. */
export function unbranded(request: WebhookRequest): WebhookRequest {
  const headers = { ...request.headers }
  for (const part of ['id', 'timestamp', 'signature']) {
    const branded = headers[`svix-${part}`]
    if (branded !== undefined) headers[`webhook-${part}`] = branded
  }
  return { ...request, headers }
}

/** Headers of the standard under the names of Svix. */
export const branded = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace(/^webhook-/, 'svix-'), value]))
