import { hmacSha256 } from '../hmac.ts'
import { peekJsonBody } from '../json-body.ts'
import { textOf } from '../json-field.ts'
import type { SignOptions } from '../provider.ts'
import { topicOf } from './topics.ts'

const API_VERSION = '2026-07'

/** The headers of a webhook of one shop. It was triggered when its object says that it changed. */
export function sign(body: Buffer, secret: string, { id, type }: SignOptions): Record<string, string> {
  const triggeredAt = textOf(peekJsonBody(body)?.['updated_at'])
  return {
    'user-agent': 'Shopify-Captain-Hook',
    ...(type !== undefined && { 'x-shopify-topic': topicOf(type) }),
    ...(triggeredAt !== undefined && { 'x-shopify-triggered-at': triggeredAt }),
    'x-shopify-webhook-id': id,
    'x-shopify-api-version': API_VERSION,
    'x-shopify-shop-domain': 'example.myshopify.com',
    'x-shopify-hmac-sha256': hmacSha256(secret, body).toString('base64'),
  }
}
