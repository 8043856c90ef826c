import { randomBytes } from 'node:crypto'
import { stripe } from '../../src/providers/stripe/index.ts'

export const HOOK_PATH = '/webhooks/shop'

/** A paid invoice of about 1 KB. */
const EVENT = {
  object: 'event',
  api_version: '2026-10-28.endive',
  data: {
    object: {
      id: 'in_1QInvoice000000000000001',
      object: 'invoice',
      account_country: 'IE',
      amount_due: 4200,
      amount_paid: 4200,
      amount_remaining: 0,
      billing_reason: 'subscription_cycle',
      collection_method: 'charge_automatically',
      currency: 'eur',
      customer: 'cus_QCustomer0001',
      customer_email: 'ada@example.com',
      lines: { object: 'list', data: [], has_more: false, url: '/v1/invoices/in_1QInvoice000000000000001/lines' },
      livemode: false,
      metadata: { order_id: 'order_1' },
      number: 'ABCDEF01-0001',
      status: 'paid',
      status_transitions: { finalized_at: 1_767_225_100, paid_at: 1_767_225_590, voided_at: null },
      subtotal: 4200,
      total: 4200,
    },
    previous_attributes: { amount_paid: 0, status: 'open' },
  },
  livemode: false,
  pending_webhooks: 1,
  request: { id: 'req_QRequest00001', idempotency_key: '1c6f3f1e-66dc-4c0f-9e3b-6b9b8f2e7d10' },
  type: 'invoice.paid',
}

/** Whole HTTP requests, each with an event ID and a signature of its own: nothing is left to do while the clock runs. */
export function prepareWebhooks(count: number, secret: string): Buffer[] {
  const now = Math.floor(Date.now() / 1_000)
  const series = randomBytes(8).toString('hex')
  return Array.from({ length: count }, (_, index) => {
    const id = `evt_${series}${index.toString(36).padStart(8, '0')}`
    const body = Buffer.from(JSON.stringify({ id, created: now, ...EVENT }))
    return toRequest(body, stripe.sign(body, secret, { now, id, url: HOOK_PATH }))
  })
}

function toRequest(body: Buffer, signature: Record<string, string>): Buffer {
  const headers = {
    host: 'localhost',
    accept: '*/*; q=0.5, application/xml',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
    ...signature,
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`POST ${HOOK_PATH} HTTP/1.1\r\n${lines.join('')}\r\n`), body])
}
