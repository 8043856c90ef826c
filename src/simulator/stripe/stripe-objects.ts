import type { Random } from '../random.ts'
import type { Fields } from '../step.ts'

/** A Stripe object: plain JSON with an ID. Shapes are those of the API version below. */
export interface StripeObject extends Fields {
  id: string
  object: string
}

const API_VERSION = '2026-10-28.endive'

/** Stripe's clock ticks in seconds. */
export const unixTime = (at: Date): number => Math.floor(at.getTime() / 1000)

const NAMES = ['Ada Quist', 'Bo Lindqvist', 'Carmen Ruiz', 'Dele Okafor', 'Emi Tanaka', 'Finn Novak'] as const
const PLANS = ['Starter', 'Team', 'Scale'] as const

export function newCustomer(random: Random, created: number): StripeObject {
  const name = random.pick(NAMES)
  return {
    id: `cus_${random.token(14)}`,
    object: 'customer',
    address: null,
    balance: 0,
    created,
    currency: 'eur',
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: `${name.toLowerCase().replace(' ', '.')}.${random.hex(4)}@example.com`,
    invoice_prefix: random.hex(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: `pm_1${random.token(23)}`,
      footer: null,
      rendering_options: null,
    },
    livemode: false,
    metadata: {},
    name,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  }
}

export function newInvoice(random: Random, customer: StripeObject, created: number): StripeObject {
  const id = `in_1${random.token(23)}`
  const amount = random.integer(9, 400) * 100
  return {
    id,
    object: 'invoice',
    account_country: 'IE',
    account_name: 'Posthorn Demonstration',
    amount_due: amount,
    amount_overpaid: 0,
    amount_paid: 0,
    amount_remaining: amount,
    amount_shipping: 0,
    attempt_count: 0,
    attempted: false,
    auto_advance: true,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    billing_reason: 'manual',
    collection_method: 'charge_automatically',
    created,
    currency: 'eur',
    customer: customer.id,
    customer_email: customer['email'],
    customer_name: customer['name'],
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    ending_balance: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    lines: listOf(`/v1/invoices/${id}/lines`, [newLine(random, id, { amount, created })]),
    livemode: false,
    metadata: { order_id: `order_${random.hex(10)}` },
    next_payment_attempt: null,
    number: null,
    paid_out_of_band: false,
    parent: null,
    period_end: created,
    period_start: created,
    starting_balance: 0,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: amount,
    total: amount,
    total_taxes: [],
    webhooks_delivered_at: null,
  }
}

function newLine(
  random: Random,
  invoice: string,
  { amount, created }: { amount: number; created: number },
): StripeObject {
  return {
    id: `il_1${random.token(23)}`,
    object: 'line_item',
    amount,
    currency: 'eur',
    description: `${random.pick(PLANS)} plan`,
    discountable: true,
    discounts: [],
    invoice,
    livemode: false,
    metadata: {},
    period: { end: created, start: created },
    quantity: 1,
    subtotal: amount,
    taxes: [],
  }
}

export interface NewEvent {
  type: string
  object: StripeObject
  /** Unix seconds. */
  created: number
  /** The former values of the fields that changed. */
  previous?: Record<string, unknown> | undefined
}

export const newEvent = (random: Random, { type, object, created, previous }: NewEvent): StripeObject => ({
  id: `evt_1${random.token(23)}`,
  object: 'event',
  api_version: API_VERSION,
  created,
  data: { object, ...(previous && { previous_attributes: previous }) },
  livemode: false,
  pending_webhooks: 1,
  request: { id: `req_${random.token(14)}`, idempotency_key: random.uuid() },
  type,
})

/** Stripe's envelope of every list. */
export const listOf = (url: string, data: readonly StripeObject[], hasMore = false) => ({
  object: 'list',
  data,
  has_more: hasMore,
  url,
})
