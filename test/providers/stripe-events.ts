/** Events as Stripe sends them, in the shapes of its API reference. */

export const invoicePaid = {
  id: 'evt_1QPaidInvoice00000000001',
  object: 'event',
  api_version: '2026-10-28.endive',
  created: 1_767_225_590,
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
      created: 1_767_225_000,
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
} as const

/** The same envelope around another object. */
export const stripeEvent = (type: string, object: Record<string, unknown>) => ({
  ...invoicePaid,
  type,
  data: { object },
})

export const customer = {
  id: 'cus_QCustomer0001',
  object: 'customer',
  email: 'ada@example.com',
  created: 1_767_220_000,
}

export const subscription = {
  id: 'sub_1QSubscription0000000001',
  object: 'subscription',
  customer: 'cus_QCustomer0001',
  items: { object: 'list', data: [], has_more: false },
  status: 'canceled',
}

export const meterErrors = {
  id: 'evt_test_65R9Ijk8dKEYZcXeRWn16R9A7j1FSQ3w3TGDPLLGSM4CW0',
  object: 'v2.core.event',
  type: 'v1.billing.meter.error_report_triggered',
  livemode: false,
  created: '2025-12-31T23:59:50.000Z',
  context: 'acct_1QConnected00001',
  related_object: {
    id: 'mtr_test_61QMeter0001',
    type: 'billing.meter',
    url: '/v1/billing/meters/mtr_test_61QMeter0001',
  },
  reason: { type: 'request', request: { id: 'req_QRequest00001', idempotency_key: 'key' } },
} as const
