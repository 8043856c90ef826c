import type { Fields } from '../step.ts'
import { type Family, type SampleBook, type SampleFacts, wholeSeconds } from '../sample.ts'

type Resource = (facts: SampleFacts, name: string) => Fields

const LAST_WORDS: Readonly<Record<string, string>> = {
  CREATED: 'PENDING',
  'RE-ACTIVATED': 'ACTIVE',
  ACTIVATED: 'ACTIVE',
}

/** Most types end in what the resource has become. */
const statusOf = (name: string): string => LAST_WORDS[name] ?? name

const money = ({ random }: SampleFacts) => ({ currency_code: 'EUR', value: `${random.integer(1, 900)}.00` })

const reference = ({ random }: SampleFacts, prefix = ''): string => prefix + random.token(17).toUpperCase()

const payment: Resource = (facts, name) => ({
  id: reference(facts),
  status: statusOf(name),
  amount: money(facts),
  create_time: wholeSeconds(facts.now),
})

const sale: Resource = (facts, name) => ({
  id: reference(facts),
  state: name.toLowerCase(),
  amount: { total: `${facts.random.integer(1, 900)}.00`, currency: 'EUR' },
})

/** By what the types begin with: what the resource is called, its version, and the resource. */
const RESOURCES: Readonly<Record<string, readonly [type: string, version: string, resource: Resource]>> = {
  'BILLING.PLAN': [
    'plan',
    '2.0',
    (facts, name) => ({ id: reference(facts, 'P-'), status: statusOf(name), product_id: 'PROD-7XY' }),
  ],
  'BILLING.SUBSCRIPTION': [
    'subscription',
    '2.0',
    (facts, name) => ({ id: reference(facts, 'I-'), status: statusOf(name), plan_id: 'P-5ML4271244454362WXNWU5NQ' }),
  ],
  'CHECKOUT.ORDER': [
    'checkout-order',
    '2.0',
    (facts, name) => ({
      id: reference(facts),
      status: name,
      intent: 'CAPTURE',
      purchase_units: [{ amount: money(facts) }],
    }),
  ],
  'CUSTOMER.DISPUTE': [
    'dispute',
    '1.0',
    (facts, name) => ({
      dispute_id: reference(facts, 'PP-D-'),
      status: name === 'RESOLVED' ? 'RESOLVED' : 'OPEN',
      reason: 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED',
      dispute_amount: money(facts),
    }),
  ],
  'INVOICING.INVOICE': [
    'invoices',
    '2.0',
    (facts, name) => ({ invoice: { id: reference(facts, 'INV2-'), status: statusOf(name), amount: money(facts) } }),
  ],
  'PAYMENT.AUTHORIZATION': ['authorization', '2.0', payment],
  'PAYMENT.CAPTURE': ['capture', '2.0', payment],
  'PAYMENT.PAYOUTSBATCH': [
    'payouts',
    '1.0',
    (facts, name) => ({
      batch_header: { payout_batch_id: reference(facts), batch_status: name, amount: money(facts) },
    }),
  ],
  'PAYMENT.PAYOUTS-ITEM': [
    'payouts_item',
    '1.0',
    (facts, name) => ({
      payout_item_id: reference(facts),
      transaction_status: name,
      payout_item: { amount: money(facts) },
    }),
  ],
  'PAYMENT.SALE': ['sale', '1.0', sale],
}

const event =
  (prefix: string): Family =>
  (facts, name) => {
    const [type, version, resource] = RESOURCES[prefix] ?? ['', '', () => ({})]
    return {
      id: facts.id,
      event_version: '1.0',
      create_time: facts.now.toISOString(),
      resource_type: type,
      resource_version: version,
      event_type: `${prefix}.${name}`,
      summary: `A ${type} is ${name.toLowerCase()}`,
      resource: resource(facts, name),
      links: [
        { href: `https://api.paypal.com/v1/notifications/webhooks-events/${facts.id}`, rel: 'self', method: 'GET' },
      ],
    }
  }

export const samples: SampleBook = {
  newId: (random) => `WH-${random.token(17).toUpperCase()}-${random.token(17).toUpperCase()}`,
  families: Object.fromEntries(Object.keys(RESOURCES).map((prefix) => [prefix, event(prefix)])),
}
