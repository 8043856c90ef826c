import type { Fields } from '../step.ts'
import { type Family, type SampleBook, type SampleFacts, wholeSeconds } from '../sample.ts'

const SHOP = 'example.myshopify.com'

/** An object under its global ID. */
function object(type: string, { now, random }: SampleFacts, own: Fields): Fields {
  const id = random.integer(1_000_000_000, 9_000_000_000)
  const time = wholeSeconds(now).replace('Z', '+00:00')
  return { id, admin_graphql_api_id: `gid://shopify/${type}/${id}`, created_at: time, updated_at: time, ...own }
}

const amount = ({ random }: SampleFacts): string => `${random.integer(5, 900)}.00`

const lineItem = (facts: SampleFacts): Fields => ({
  id: facts.random.integer(1_000_000, 9_000_000),
  title: 'Brass lamp',
  quantity: 1,
  price: amount(facts),
})

const PAID = new Set(['paid', 'fulfilled', 'partially_fulfilled'])

const order = (facts: SampleFacts, action: string): Fields =>
  object('Order', facts, {
    name: `#${facts.random.integer(1001, 9999)}`,
    email: 'ada@example.com',
    currency: 'EUR',
    total_price: amount(facts),
    financial_status: PAID.has(action) ? 'paid' : 'pending',
    fulfillment_status: { fulfilled: 'fulfilled', partially_fulfilled: 'partial' }[action] ?? null,
    cancelled_at: action === 'cancelled' ? wholeSeconds(facts.now) : null,
    line_items: [lineItem(facts)],
  })

const shop = (): Fields => ({ id: 548_380_009, name: 'Example', myshopify_domain: SHOP, domain: SHOP })

const privacy = { shop_id: 548_380_009, shop_domain: SHOP }

const customer = (facts: SampleFacts, action: string): Fields =>
  /^(data_request|redact)$/.test(action)
    ? { ...privacy, customer: { id: facts.random.integer(1_000_000, 9_000_000), email: 'ada@example.com' } }
    : object('Customer', facts, {
        email: 'ada@example.com',
        first_name: 'Ada',
        state: action === 'disable' ? 'disabled' : 'enabled',
      })

/** Of what was deleted only the ID is left. */
const orGone = (write: (facts: SampleFacts, action: string) => Fields): Family => {
  return (facts, action) =>
    action === 'delete' ? { id: facts.random.integer(1_000_000_000, 9_000_000_000) } : write(facts, action)
}

export const samples: SampleBook = {
  newId: (random) => random.uuid(),
  families: {
    app: shop,
    customers: orGone(customer),
    draft_orders: orGone((facts) =>
      object('DraftOrder', facts, { name: '#D7', status: 'open', currency: 'EUR', total_price: amount(facts) }),
    ),
    fulfillments: (facts) =>
      object('Fulfillment', facts, { order_id: facts.random.integer(1_000_000, 9_000_000), status: 'success' }),
    orders: orGone(order),
    products: orGone((facts) =>
      object('Product', facts, { title: 'Brass lamp', status: 'active', variants: [lineItem(facts)] }),
    ),
    refunds: (facts) =>
      object('Refund', facts, {
        order_id: facts.random.integer(1_000_000, 9_000_000),
        refund_line_items: [lineItem(facts)],
      }),
    shop: (_facts, action) => (action === 'redact' ? privacy : shop()),
  },
}
