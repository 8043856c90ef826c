import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { test } from 'node:test'
import '@shopify/shopify-api/adapters/web-api'
import { ApiVersion, shopifyApi } from '@shopify/shopify-api'
import { providerConformance, signedRequest } from 'posthorn/testing'
import { VerificationError } from '../../src/domain/errors.ts'
import { parseRetryAfter } from '../../src/domain/retry-after.ts'
import type { ProviderApi } from '../../src/providers/api.ts'
import type { WebhookRequest } from '../../src/providers/provider.ts'
import { shopify } from '../../src/providers/shopify/index.ts'

const SECRET = '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'
const OLD_SECRET = 'shpss_00000000000000000000000000000000'
const NOW = 1_767_225_600
const ID = 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043'

const order = {
  id: 450789469,
  admin_graphql_api_id: 'gid://shopify/Order/450789469',
  name: '#1001',
  currency: 'EUR',
  total_price: '409.94',
  financial_status: 'paid',
  fulfillment_status: null,
  line_items: [{ id: 466157049, title: 'IPod Nano', quantity: 1 }],
  created_at: '2026-01-01T00:00:00+01:00',
  updated_at: '2026-01-01T00:00:00+01:00',
}
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

providerConformance(shopify, {
  body: json(order),
  type: 'orders.create',
  id: ID,
  secrets: [SECRET, OLD_SECRET],
  signatureHeader: 'x-shopify-hmac-sha256',
  malformedSignatures: ['a'.repeat(64), `sha256=${'a'.repeat(64)}`],
  canonical: {
    entity: { kind: 'order', id: '450789469' },
    path: '/admin/api/2026-07/orders/450789469.json',
    probePath: '/admin/api/2026-07/orders.json?limit=1&status=any',
  },
})

const requestOf = (body: object | Buffer, type = 'orders.create', secret = SECRET): WebhookRequest =>
  signedRequest(shopify, { body, secret, type, id: ID, now: NOW })

const withHeaders = (request: WebhookRequest, headers: Record<string, string>): WebhookRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
})

function verdict(request: WebhookRequest): string {
  try {
    shopify.verify(request, [SECRET])
    return 'accepted'
  } catch (error) {
    assert.ok(error instanceof VerificationError)
    return error.code
  }
}

const refused = (code: string) => (error: unknown) => error instanceof VerificationError && error.code === code

const official = shopifyApi({
  apiKey: 'key',
  apiSecretKey: SECRET,
  apiVersion: ApiVersion.July26,
  hostName: 'hooks.example.com',
  isEmbeddedApp: false,
  logger: { level: 0 },
})
const officialVerdict = async ({ headers, body, url }: WebhookRequest) =>
  official.webhooks.validate({ rawBody: body.toString(), rawRequest: new Request(url, { method: 'POST', headers }) })

test('is verified by the official package, in both sets of headers, which refuses what we refuse', async () => {
  const request = requestOf(order)
  const result = await officialVerdict(request)
  assert.ok(result.valid)
  assert.deepEqual([result.topic, result.webhookId], ['ORDERS_CREATE', ID])
  const foreign = requestOf(order, 'orders.create', OLD_SECRET)
  assert.equal((await officialVerdict(foreign)).valid, false)
  assert.equal(verdict(foreign), 'invalid_signature')
  const changed = { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) }
  assert.equal((await officialVerdict(changed)).valid, false)
  assert.equal(verdict(changed), 'invalid_signature')

  const event = {
    ...request,
    headers: {
      'content-type': 'application/json',
      'shopify-hmac-sha256': request.headers['x-shopify-hmac-sha256'] ?? '',
      'shopify-topic': 'Order',
      'shopify-action': 'update',
      'shopify-webhook-id': ID,
      'shopify-event-id': 'e1',
      'shopify-shop-domain': 'example.myshopify.com',
      'shopify-api-version': 'unstable',
    },
  }
  assert.equal((await officialVerdict(event)).valid, true)
  assert.equal(verdict(event), 'accepted')
  const [identified] = shopify.identify(event)
  assert.deepEqual([identified?.id, identified?.type], [ID, 'Order.update'])
  for (const headers of [{ 'shopify-action': 'up/date' }, { 'shopify-topic': 'orders/create' }]) {
    assert.throws(() => shopify.identify(withHeaders(event, headers)), refused('malformed_request'))
  }
  const older = withHeaders(request, { 'x-shopify-action': 'paid' })
  assert.equal(shopify.identify(older)[0]?.type, 'orders.create', 'only the newer events have an action')
})

test('reads the object, its kind and what the body says of the shop', () => {
  const identify = (body: object, type: string) => shopify.identify(requestOf(body, type))[0] ?? assert.fail()
  assert.deepEqual(identify(order, 'orders.create'), {
    id: ID,
    type: 'orders.create',
    entity: { kind: 'order', id: '450789469' },
    occurredAt: new Date('2025-12-31T23:00:00Z'),
    apiVersion: '2026-07',
  })
  const draft = { id: 1, admin_graphql_api_id: 'gid://shopify/DraftOrder/1' }
  assert.deepEqual(identify(draft, 'draft_orders.update').entity, { kind: 'draft_order', id: '1' })
  const deleted = identify({ id: 7 }, 'products.delete')
  assert.deepEqual([deleted.entity, deleted.deletes], [{ kind: 'product', id: '7' }, true])
  const request = { shop_id: 1, shop_domain: 'example.myshopify.com', customer: { id: 9 }, orders_requested: [] }
  const privacy = identify(request, 'customers.data_request')
  assert.deepEqual([privacy.entity, privacy.account], [{ kind: 'customer', id: '9' }, 'example.myshopify.com'])
  assert.equal(identify({ type: 'x' }, 'customer.tags_added').type, 'customer.tags_added')
  // JSON numbers do not hold it: no ID rather than a wrong one.
  assert.equal(identify({ id: 820_982_911_946_154_508 }, 'products.delete').entity, undefined)
})

test('a topic that the body contradicts is a mismatch, and one that says nothing is no topic', () => {
  const identify = (topic: string) => () =>
    shopify.identify(withHeaders(requestOf(order), { 'x-shopify-topic': topic }))
  for (const topic of ['products/update', 'customers/delete', 'app/uninstalled', 'shop/update']) {
    assert.throws(identify(topic), refused('type_mismatch'), topic)
  }
  assert.doesNotThrow(identify('orders/paid'))
  for (const topic of ['', ' ', 'orders create', '*', 'orders/', '/create', 'orders//create'])
    assert.throws(identify(topic), refused('malformed_request'), topic)
  const customer = { id: 1, admin_graphql_api_id: 'gid://shopify/Return/1' }
  assert.throws(() => shopify.identify(requestOf(customer, 'orders.create')), refused('type_mismatch'))
  assert.doesNotThrow(() => shopify.identify(requestOf(customer, 'returns.approve')))
})

test('bytes that a topic shares with others count for it where they bear it out, and never where they deny it', () => {
  const HOUR = 3_600_000
  const later = (ms: number) => ({ updated_at: new Date(Date.parse(order.created_at) + ms).toISOString() })
  const old = { ...order, ...later(HOUR + 1000) }
  const verdictOn = (type: string, body: object): string => {
    try {
      const [{ signedAs } = assert.fail()] = shopify.identify(requestOf(body, type))
      assert.ok(signedAs === undefined || signedAs === `${type}:${hash('sha256', json(body))}`)
      return signedAs === undefined ? 'as its bytes' : 'as its type'
    } catch (error) {
      assert.ok(error instanceof VerificationError)
      return error.code
    }
  }
  const customer = { id: 7, admin_graphql_api_id: 'gid://shopify/Customer/7', state: 'enabled' }
  const table: [type: string, body: object, verdict: string][] = [
    ['orders.create', order, 'as its bytes'],
    ['orders.create', { ...order, ...later(HOUR) }, 'as its bytes'],
    ['orders.create', old, 'malformed_body'],
    ['orders.updated', order, 'as its type'],
    ['orders.updated', old, 'as its bytes'],
    ['orders.paid', old, 'as its type'],
    ['orders.paid', { ...order, financial_status: 'pending' }, 'malformed_body'],
    ['orders.cancelled', { ...order, cancelled_at: '2026-01-01T00:00:01Z' }, 'as its type'],
    ['orders.cancelled', { ...order, cancelled_at: null }, 'malformed_body'],
    ['orders.cancelled', { id: 1 }, 'as its bytes'],
    ['orders.fulfilled', order, 'malformed_body'],
    ['orders.fulfilled', { ...order, fulfillment_status: 'fulfilled' }, 'as its type'],
    ['orders.partially_fulfilled', { ...order, fulfillment_status: 'partial' }, 'as its type'],
    ['orders.delete', order, 'malformed_body'],
    ['orders.delete', { id: 1 }, 'as its bytes'],
    ['products.delete', { id: 1 }, 'as its bytes'],
    ['orders.x1', order, 'as its bytes'],
    ['customers.enable', customer, 'as its type'],
    ['customers.disable', customer, 'as its bytes'],
    ['app.uninstalled', { id: 1, myshopify_domain: 'example.myshopify.com' }, 'as its type'],
    ['shop.update', { id: 1, myshopify_domain: 'example.myshopify.com' }, 'as its bytes'],
  ]
  assert.deepEqual(
    table.map(([type, body]) => verdictOn(type, body)),
    table.map(([, , expected]) => expected),
  )
})

test('has schemas that fit real shapes and name what does not', () => {
  const fits = (type: string, body: object): boolean | undefined => shopify.schemas[type]?.safeParse(body).success
  assert.equal(fits('orders.paid', order), true)
  assert.equal(fits('orders.paid', { ...order, total_price: 409.94 }), false)
  assert.equal(fits('orders.delete', { id: 1 }), true)
  assert.equal(fits('customers.redact', { shop_id: 1, shop_domain: 'x', customer: { id: 1 } }), true)
  assert.equal(fits('app.uninstalled', { id: 1, myshopify_domain: 'example.myshopify.com' }), true)
})

const apiThat = (answer: (path: string) => unknown): { api: ProviderApi; paths: string[] } => {
  const paths: string[] = []
  const get = (path: string) => {
    paths.push(path)
    return Promise.resolve({ status: 200, headers: new Headers(), json: answer(path) })
  }
  return { api: { get, post: () => assert.fail() }, paths }
}

test('an object is read without its wrapping', async () => {
  const { api } = apiThat(() => ({ order }))
  assert.deepEqual(await shopify.canonical.fetch(api, { kind: 'order', id: '450789469' }), {
    found: true,
    state: order,
  })
})

test('a collection is listed by ID, a page after the other, until one is not full', async () => {
  const order51 = { id: 51, updated_at: '2025-12-31T18:59:50-05:00' }
  const { api, paths } = apiThat((path) => ({
    orders: path.includes('since_id=0') ? Array.from({ length: 50 }, (_, n) => ({ id: n + 1 })) : [order51, null],
  }))
  const first = await shopify.entityListing.page(api, { kind: 'order' })
  assert.deepEqual([first.entities.length, first.next], [50, '50'])
  const last = await shopify.entityListing.page(api, { kind: 'order', cursor: '50' })
  assert.deepEqual(last, {
    entities: [{ entity: { kind: 'order', id: '51' }, state: order51, changedAt: new Date(order51.updated_at) }],
  })
  assert.deepEqual(paths, [
    '/admin/api/2026-07/orders.json?limit=50&since_id=0&status=any',
    '/admin/api/2026-07/orders.json?limit=50&since_id=50&status=any',
  ])
})

test('its fractional Retry-After is understood', () => {
  assert.equal(parseRetryAfter('2.0', 0), 2000)
})
