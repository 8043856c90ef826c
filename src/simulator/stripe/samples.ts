import type { Fields } from '../step.ts'
import { type Family, type SampleBook, type SampleFacts, seconds } from '../sample.ts'
import { newCustomer, newInvoice, type StripeObject } from './stripe-objects.ts'

const API_VERSION = '2026-10-28.endive'

/** What nearly all objects have. */
const object = (kind: string, prefix: string, { now, random }: SampleFacts, own: Fields): StripeObject => ({
  id: `${prefix}_1${random.token(23)}`,
  object: kind,
  created: seconds(now),
  livemode: false,
  metadata: {},
  ...own,
})

const money = ({ random }: SampleFacts): Fields => ({ amount: random.integer(5, 400) * 100, currency: 'eur' })
const customerId = ({ random }: SampleFacts): string => `cus_${random.token(14)}`

function invoice(facts: SampleFacts, name: string): StripeObject {
  const created = seconds(facts.now)
  const draft = newInvoice(facts.random, newCustomer(facts.random, created), created)
  if (name === 'paid' || name === 'payment_succeeded') {
    return { ...draft, status: 'paid', amount_paid: draft['amount_due'], amount_remaining: 0, attempted: true }
  }
  return { ...draft, status: { created: 'draft', voided: 'void' }[name] ?? 'open' }
}

/** By what types begin with: the object as it is when such a thing has happened. */
const OBJECTS: Readonly<Record<string, (facts: SampleFacts, name: string) => StripeObject>> = {
  charge: (facts, name) => {
    const { amount, currency } = money(facts)
    const refunded = name === 'refunded' ? amount : 0
    const paid = name !== 'failed'
    return object('charge', 'ch', facts, {
      amount,
      currency,
      amount_refunded: refunded,
      paid,
      status: paid ? 'succeeded' : 'failed',
    })
  },
  'charge.dispute': (facts, name) =>
    object('dispute', 'du', facts, {
      ...money(facts),
      charge: `ch_1${facts.random.token(23)}`,
      reason: 'fraudulent',
      status: name === 'closed' ? 'won' : 'needs_response',
    }),
  'charge.refund': (facts) => object('refund', 're', facts, { ...money(facts), status: 'succeeded' }),
  'checkout.session': (facts, name) =>
    object('checkout.session', 'cs_test', facts, {
      mode: 'payment',
      payment_status: name === 'completed' || name.endsWith('succeeded') ? 'paid' : 'unpaid',
      status: name === 'expired' ? 'expired' : 'complete',
      customer: customerId(facts),
    }),
  customer: ({ now, random }) => newCustomer(random, seconds(now)),
  'customer.subscription': (facts, name) =>
    object('subscription', 'sub', facts, {
      customer: customerId(facts),
      status: { deleted: 'canceled', paused: 'paused', trial_will_end: 'trialing' }[name] ?? 'active',
    }),
  invoice,
  payment_intent: (facts, name) =>
    object('payment_intent', 'pi', facts, {
      ...money(facts),
      customer: customerId(facts),
      status:
        { succeeded: 'succeeded', canceled: 'canceled', processing: 'processing' }[name] ?? 'requires_payment_method',
    }),
  payout: (facts, name) =>
    object('payout', 'po', facts, { ...money(facts), status: name === 'paid' ? 'paid' : 'pending' }),
  price: (facts) =>
    object('price', 'price', facts, {
      active: true,
      currency: 'eur',
      unit_amount: 900,
      product: `prod_${facts.random.token(14)}`,
    }),
  product: (facts) => object('product', 'prod', facts, { active: true, name: 'Team plan' }),
  refund: (facts, name) =>
    object('refund', 're', facts, { ...money(facts), status: name === 'failed' ? 'failed' : 'succeeded' }),
}

const event =
  (family: string, write: (facts: SampleFacts, name: string) => StripeObject): Family =>
  (facts, name) => ({
    id: facts.id,
    object: 'event',
    api_version: API_VERSION,
    created: seconds(facts.now),
    data: { object: write(facts, name) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: `req_${facts.random.token(14)}`, idempotency_key: facts.random.uuid() },
    type: `${family}.${name}`,
  })

export const samples: SampleBook = {
  newId: (random) => `evt_1${random.token(23)}`,
  families: Object.fromEntries(Object.entries(OBJECTS).map(([family, write]) => [family, event(family, write)])),
}
