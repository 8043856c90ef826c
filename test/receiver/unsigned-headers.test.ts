/** What a captured request can still do where the provider signs less than its requests say. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { genericProvider } from 'posthorn/provider'
import { type RequestToSign, signedRequest } from 'posthorn/testing'
import type { Provider } from '../../src/providers/provider.ts'
import type { Source } from '../../src/providers/source.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { providers } from '../support/providers.ts'
import { post } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { testSource, unixNow } from './webhooks.ts'

const KEY = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056'
const OLDER_KEY = '0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF'

const sourceOf = (provider: Provider): Source =>
  testSource({
    id: provider.name,
    provider,
    secrets: [
      { slot: 'current', value: KEY },
      { slot: 'previous', value: OLDER_KEY },
    ],
  })

const SHOP = sourceOf(providers.shopify)
const TEAM = sourceOf(providers.linear)
const PAYMENTS = sourceOf(providers.adyen)
/** Signs a header, though not the one with the ID. */
const HALF_SIGNED = sourceOf(
  genericProvider({
    name: 'half-signed',
    signature: { kind: 'hmac', header: 'x-signature', content: '{header:x-timestamp}.{body}' },
    timestamp: { header: 'x-timestamp' },
    id: ['header:x-delivery-id'],
  }),
)

let database: TestDatabase
let pool: Pool
let receiver: TestReceiver

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  receiver = await startReceiver({ pool, sources: [SHOP, TEAM, PAYMENTS, HALF_SIGNED] })
})
after(async () => {
  await receiver.close()
  await database.drop()
})
beforeEach(() =>
  pool.query('truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.parked, posthorn.anomalies'),
)

/** A header of `undefined` is left out. */
type Headers = Record<string, string | undefined>

async function send(source: Source, wish: Omit<RequestToSign, 'secret'> & { secret?: string }, headers: Headers = {}) {
  const request = signedRequest(source.provider, { secret: KEY, now: unixNow(), ...wish })
  const sent = Object.entries({ ...request.headers, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  const answer = await post(receiver.port, {
    path: source.path,
    headers: Object.fromEntries(sent) as Record<string, string>,
    body: request.body,
  })
  return answer.status === 200 ? (answer.body.includes('duplicate') ? 'duplicate' : 'new') : answer.status
}

const stored = async (): Promise<[string, string][]> =>
  (
    await pool.query<{ type: string; state: string }>(
      'select type, state from posthorn.events order by received_at, type',
    )
  ).rows.map(({ type, state }) => [type, state])

const made = new Date(Date.now() - 5_000).toISOString()
const order = {
  id: 450_789_469,
  admin_graphql_api_id: 'gid://shopify/Order/450789469',
  currency: 'EUR',
  total_price: '409.94',
  financial_status: 'paid',
  fulfillment_status: null,
  cancelled_at: null,
  line_items: [],
  created_at: made,
  updated_at: made,
}

test('an order that is made, paid and changed in the same bytes is three events, each of them once', async () => {
  for (const type of ['orders.updated', 'orders.create', 'orders.paid'])
    assert.equal(await send(SHOP, { body: order, type }), 'new', type)
  for (const type of ['orders.updated', 'orders.create', 'orders.paid'])
    assert.equal(await send(SHOP, { body: order, type, id: randomUUID() }), 'duplicate', type)
  assert.equal((await stored()).length, 3)
})

test('a captured request makes no events under other topics, and none that never happened', async () => {
  assert.equal(await send(SHOP, { body: order, type: 'orders.create' }), 'new')
  for (const type of ['orders.x1', 'orders.x2', 'orders.edited', 'orders.create'])
    assert.equal(await send(SHOP, { body: order, type, id: randomUUID() }), 'duplicate', type)
  for (const type of ['orders.cancelled', 'orders.fulfilled', 'orders.delete'])
    await send(SHOP, { body: order, type, id: randomUUID() })
  assert.deepEqual(await stored(), [
    ['orders.create', 'received'],
    ['unknown', 'parked'],
  ])
})

test('what is left of a deleted object is gone once, whatever it is said to be', async () => {
  assert.equal(await send(SHOP, { body: { id: 7 }, type: 'orders.delete' }), 'new')
  for (const type of ['products.delete', 'customers.delete', 'shop.update', 'orders.create'])
    assert.equal(await send(SHOP, { body: { id: 7 }, type, id: randomUUID() }), 'duplicate', type)
})

test('a signed header that does not hold the ID does not sign it', async () => {
  const wish = { body: { type: 'thing.made' }, now: unixNow() }
  assert.equal(await send(HALF_SIGNED, { ...wish, id: 'one' }), 'new')
  assert.equal(await send(HALF_SIGNED, { ...wish, id: 'two' }), 'duplicate')
})

test('a delivery that lost its ID is the same event at every retry, though each is stamped anew', async () => {
  const body = { type: 'Issue', action: 'update', createdAt: made, data: { id: 'i1' } }
  const withoutId = { 'linear-delivery': undefined }
  assert.equal(await send(TEAM, { body, now: unixNow() - 20 }, withoutId), 'new')
  assert.equal(await send(TEAM, { body, now: unixNow() }, withoutId), 'duplicate')
  assert.equal(await send(TEAM, { body: { ...body, action: 'remove' } }, withoutId), 'new')
})

test('a notification that is signed anew with another key is no anomaly', async () => {
  const item = {
    pspReference: '7914073381342284',
    eventCode: 'AUTHORISATION',
    merchantAccountCode: 'TestMerchant',
    merchantReference: 'order 1',
    amount: { value: 1130, currency: 'EUR' },
    success: 'true',
  }
  const body = { live: 'false', notificationItems: [{ NotificationRequestItem: item }] }
  for (const secret of [OLDER_KEY, KEY]) await send(PAYMENTS, { body, secret })
  assert.equal((await stored()).length, 1)
  assert.deepEqual((await pool.query('select * from posthorn.anomalies')).rows, [])
})
