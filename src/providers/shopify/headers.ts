import type { WebhookRequest } from '../provider.ts'

/** What Shopify says in headers. Only the body is signed. */
export interface ShopifyHeaders {
  hmac: string | undefined
  topic: string | undefined
  webhookId: string | undefined
  triggeredAt: string | undefined
  apiVersion: string | undefined
  /** Of the newer events only, whose topic names no more than an object. */
  action: string | undefined
}

/** Newer events come with the same headers under a shorter prefix. Whichever set has the signature speaks. */
export function readHeaders({ headers }: WebhookRequest): ShopifyHeaders {
  const prefix = headers['shopify-hmac-sha256'] === undefined ? 'x-shopify-' : 'shopify-'
  return {
    hmac: headers[`${prefix}hmac-sha256`],
    topic: headers[`${prefix}topic`],
    webhookId: headers[`${prefix}webhook-id`],
    triggeredAt: headers[`${prefix}triggered-at`],
    apiVersion: headers[`${prefix}api-version`],
    action: headers['shopify-action'],
  }
}
