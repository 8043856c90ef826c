import type { Provider } from '../../providers/provider.ts'
import { fieldsOf, numberIn, ok, route, shown } from '../answers.ts'
import { createEntityWorld, type Kind } from '../entity-world.ts'
import type { Random } from '../random.ts'
import { wholeSeconds } from '../sample.ts'
import type { Fields, Step } from '../step.ts'
import type { World } from '../world.ts'

const KINDS: Readonly<Record<string, { collection: string; type: string }>> = {
  order: { collection: 'orders', type: 'Order' },
  product: { collection: 'products', type: 'Product' },
  customer: { collection: 'customers', type: 'Customer' },
}
const FIRST_ID = 5_000_000_000
const PATH = '/admin/api/2026-07'

/** A shop: orders come in, are paid, sent or cancelled; products and customers change. */
export function createShopifyWorld(provider: Provider, random: Random): World {
  let last = FIRST_ID

  function newThing(kind: string, fields: Fields, now: Date): { id: string; fields: Fields } {
    const id = (last += 1)
    const admin = `gid://shopify/${KINDS[kind]?.type ?? ''}/${id}`
    return { id: String(id), fields: { id, admin_graphql_api_id: admin, created_at: wholeSeconds(now), ...fields } }
  }

  return createEntityWorld(provider, random, {
    signsTime: false,
    kinds: {
      order: { ...order, begin: ({ now }) => ({ ...newThing('order', newOrder(random), now), type: 'orders.create' }) },
      product: {
        ...product,
        begin: ({ now }) => ({ ...newThing('product', newProduct(random), now), type: 'products.create' }),
      },
      customer: {
        ...customer,
        begin: ({ now }) => ({ ...newThing('customer', newCustomer(random), now), type: 'customers.create' }),
      },
    },
    touch: (now) => ({ updated_at: wholeSeconds(now) }),
    tell: ({ type, thing: { fields } }) => ({
      eventId: random.uuid(),
      content: type.endsWith('.delete') ? { id: fields['id'] } : fields,
    }),
    read: (url, shelf) => {
      const kindOf = (collection: string) =>
        Object.keys(KINDS).find((kind) => KINDS[kind]?.collection === collection) ?? ''
      return route(url, [
        [
          new RegExp(`${PATH}/(\\w+)/(\\d+)\\.json`),
          (collection = '', id = '') =>
            shown(shelf.find(kindOf(collection), id), (fields) => ({ [kindOf(collection)]: fields })),
        ],
        [
          new RegExp(`${PATH}/(\\w+)\\.json`),
          (collection = '') => {
            const since = numberIn(url.searchParams, 'since_id', 0)
            const limit = numberIn(url.searchParams, 'limit', 50, 250)
            const after = shelf.of(kindOf(collection)).filter(({ id }) => Number(id) > since)
            return ok({ [collection]: fieldsOf(after.slice(0, limit)) })
          },
        ],
      ])
    },
    explain: (status) => ({ errors: `Answered ${status}.` }),
  })
}

/** Two changes within a second must not be the same bytes. */
const note: Step = { type: 'orders.updated', changes: (_order, { random }) => ({ note: random.hex(12) }) }

const order: Omit<Kind, 'begin'> = {
  stage: ({ financial_status: paid, fulfillment_status: sent, cancelled_at: cancelled }) =>
    cancelled === null ? `${String(paid)} ${String(sent)}` : 'cancelled',
  steps: {
    'pending null': [
      { type: 'orders.paid', changes: () => ({ financial_status: 'paid' }) },
      { type: 'orders.paid', changes: () => ({ financial_status: 'paid' }) },
      { type: 'orders.cancelled', changes: (_order, { now }) => ({ cancelled_at: wholeSeconds(now) }) },
      note,
    ],
    'paid null': [{ type: 'orders.fulfilled', changes: () => ({ fulfillment_status: 'fulfilled' }) }, note],
  },
  ends: 'orders.delete',
}

const always = (): string => 'there'

const product: Omit<Kind, 'begin'> = {
  stage: always,
  steps: { there: [{ type: 'products.update', changes: (_product, { random }) => ({ tags: random.hex(8) }) }] },
  ends: 'products.delete',
}

const customer: Omit<Kind, 'begin'> = {
  stage: always,
  steps: { there: [{ type: 'customers.update', changes: (_customer, { random }) => ({ note: random.hex(8) }) }] },
  ends: 'customers.delete',
}

const newOrder = (random: Random): Fields => ({
  name: `#${random.integer(1001, 9999)}`,
  email: 'ada@example.com',
  currency: 'EUR',
  total_price: `${random.integer(5, 900)}.00`,
  financial_status: 'pending',
  fulfillment_status: null,
  cancelled_at: null,
  line_items: [{ id: random.integer(1_000_000, 9_000_000), title: 'Brass lamp', quantity: 1 }],
})

const newProduct = (random: Random): Fields => ({
  title: random.pick(['Brass lamp', 'Oak chair', 'Wool rug']),
  status: 'active',
  tags: '',
  variants: [{ id: random.integer(1_000_000, 9_000_000), price: `${random.integer(5, 900)}.00` }],
})

const newCustomer = (random: Random): Fields => ({
  email: `ada.${random.hex(6)}@example.com`,
  first_name: 'Ada',
  state: 'enabled',
  note: null,
})
