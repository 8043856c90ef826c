/** Requests that carry several events: each is an event of its own, and all of them are committed, or none. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { signedRequest } from 'posthorn/testing'
import { providers } from '../support/providers.ts'
import type { Provider } from '../../src/providers/provider.ts'
import type { Source } from '../../src/providers/source.ts'
import { splitJsonArray } from '../../src/providers/split-json-array.ts'
import { derivedEventId, sha256 } from '../../src/storage/event-key.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { type RawAnswer, post } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { testSource, unixNow } from './webhooks.ts'

const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const SIGNING_KEY = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')
const VERIFICATION_KEY = publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
const HMAC_KEY = '44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056'

const sourceOf = (id: string, provider: Provider, value: string): Source =>
  testSource({ id, provider, secrets: [{ slot: 'current', value }] })

const MAIL = sourceOf('mail', providers.sendgrid, VERIFICATION_KEY)
const PAYMENTS = sourceOf('payments', providers.adyen, HMAC_KEY)
/** States one ID for all of a request, in a header that is not signed. */
const HEADER_ID = sourceOf(
  'header-id',
  {
    ...providers.sendgrid,
    name: 'header-id',
    idSigned: false,
    identify: ({ headers, body }) =>
      splitJsonArray(body).map((part, n) => ({ id: `${headers['x-batch']}#${n}`, type: 'thing', part })),
  },
  VERIFICATION_KEY,
)

let database: TestDatabase
let pool: Pool
let receiver: TestReceiver

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  receiver = await startReceiver({ pool, sources: [MAIL, PAYMENTS, HEADER_ID] })
})
after(async () => {
  await receiver.close()
  await database.drop()
})
beforeEach(() =>
  pool.query('truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.parked, posthorn.anomalies'),
)

function send(source: Source, body: Buffer | object, headers: Record<string, string> = {}): Promise<RawAnswer> {
  const secret = source === PAYMENTS ? HMAC_KEY : SIGNING_KEY
  const request = signedRequest(source.provider, { body, secret, now: unixNow() })
  return post(receiver.port, { path: source.path, headers: { ...request.headers, ...headers }, body: request.body })
}

async function rowsOf<Row extends object>(query: string): Promise<Row[]> {
  return (await pool.query<Row>(query)).rows
}

const queued = async (): Promise<string[]> =>
  (
    await rowsOf<{ event_id: string }>(
      'select e.event_id from posthorn.queue q join posthorn.events e using (key) order by q.seq',
    )
  ).map((row) => row.event_id)

const mail = (id: string | undefined, more: object = {}) => ({
  event: 'delivered',
  sg_event_id: id,
  email: 'a@example.com',
  ...more,
})
const lines = (...events: object[]): Buffer =>
  Buffer.from(`[${events.map((one) => JSON.stringify(one)).join(',\r\n ')}]\r\n`)

const NEW = '{"received":true}'
const DUPLICATE = '{"received":true,"duplicate":true}'

test('each event of a batch is stored with its own bytes and queued in the order of the batch', async () => {
  const events = ['c', 'a', 'b'].map((id, n) => mail(id, { sg_message_id: `m${n}`, timestamp: unixNow() - n }))
  assert.equal((await send(MAIL, lines(...events))).body, NEW)
  assert.deepEqual(await queued(), ['c', 'a', 'b'])
  const rows = await rowsOf<{ event_id: string; body: Buffer; entity_id: string; receipts: number }>(
    `select event_id, body, entity_id, count(receipt_id) over ()::integer as receipts
     from posthorn.events join posthorn.bodies using (key) order by entity_id`,
  )
  assert.deepEqual(
    rows.map(({ event_id, body }) => [event_id, body.toString()]),
    events.map((event) => [event.sg_event_id, JSON.stringify(event)]),
  )
  const [line] = receiver.log.lines().slice(-1)
  assert.deepEqual([line?.['events'], line?.['verdict']], [3, 'new'])
})

test('a redelivered batch is a duplicate, and one with a new event accepts that one', async () => {
  assert.equal((await send(MAIL, lines(mail('1'), mail('2')))).body, NEW)
  assert.equal((await send(MAIL, lines(mail('1'), mail('2')))).body, DUPLICATE)
  assert.equal((await send(MAIL, lines(mail('2'), mail('3'), mail('1')))).body, NEW)
  assert.deepEqual(await queued(), ['1', '2', '3'])
})

test('events without IDs are keyed by their own bytes, in whatever company they come', async () => {
  const [first, second] = [mail(undefined, { n: 1 }), mail(undefined, { n: 2 })]
  assert.equal((await send(MAIL, lines(first))).body, NEW)
  assert.equal((await send(MAIL, lines(second, first))).body, NEW)
  assert.equal((await send(MAIL, lines(first, second))).body, DUPLICATE)
  const idOf = (event: object) => derivedEventId(sha256(JSON.stringify(event)))
  assert.deepEqual(await queued(), [idOf(first), idOf(second)])
})

test('two events of a request whose ID is not signed are two, and the same bytes under another ID are known', async () => {
  assert.equal((await send(HEADER_ID, lines({ n: 1 }, { n: 2 }), { 'x-batch': 'b1' })).body, NEW)
  assert.deepEqual(await queued(), ['b1#0', 'b1#1'])
  assert.equal((await send(HEADER_ID, lines({ n: 1 }, { n: 2 }), { 'x-batch': 'forged' })).body, DUPLICATE)
  assert.equal((await send(HEADER_ID, lines({ n: 2 }, { n: 3 }), { 'x-batch': 'b2' })).body, NEW)
  assert.deepEqual(await queued(), ['b1#0', 'b1#1', 'b2#1'])
})

test('a batch of which one event cannot be committed leaves none behind, and comes whole when it is sent again', async () => {
  await pool.query(`
    create function posthorn.full_disk() returns trigger language plpgsql as
      $$ begin raise exception 'could not extend file' using errcode = '53100'; end $$;
    create trigger full_disk before insert on posthorn.events for each row when (new.event_id = 'last') execute function posthorn.full_disk()`)
  // More than are committed at once when each comes alone.
  const ids = [...Array.from({ length: 600 }, (_, n) => `e${n}`), 'last']
  const batch = lines(...ids.map((id) => mail(id)))
  assert.equal((await send(MAIL, batch)).status, 503)
  assert.deepEqual(await rowsOf('select 1 from posthorn.events union all select 1 from posthorn.bodies'), [])
  await pool.query('drop function posthorn.full_disk() cascade')
  assert.equal((await send(MAIL, batch)).body, NEW)
  assert.deepEqual(await queued(), ids)
})

test('an ID that cannot be stored parks its own event only, and a batch that cannot be read is parked whole', async () => {
  assert.equal((await send(MAIL, lines(mail('fine'), mail('nul\0')))).body, NEW)
  assert.deepEqual(await queued(), ['fine'])
  const unreadable = lines(mail('x'), { no: 'type' })
  assert.equal((await send(MAIL, unreadable)).body, NEW)
  const parked = await rowsOf<{ code: string; body: Buffer }>(
    'select code, body from posthorn.parked join posthorn.bodies using (key) order by code',
  )
  assert.deepEqual(
    parked.map(({ code, body }) => [code, body.toString()]),
    [
      ['malformed_body', unreadable.toString()],
      ['text_not_storable', JSON.stringify(mail('nul\0'))],
    ],
  )
})

test('Adyen reads the word that it waits for, also for what is known; a refusal stays a refusal', async () => {
  const item = {
    amount: { value: 100, currency: 'EUR' },
    pspReference: '7914073381342284',
    eventCode: 'AUTHORISATION',
    merchantAccountCode: 'AcmeECOM',
    merchantReference: 'order-1',
    success: 'true',
  }
  const notification = { live: 'false', notificationItems: [{ NotificationRequestItem: item }] }
  for (let delivery = 0; delivery < 2; delivery += 1) {
    const { status, body, headers } = await send(PAYMENTS, notification)
    assert.deepEqual([status, body, headers['content-type']], [200, '[accepted]', 'text/plain; charset=utf-8'])
  }
  assert.deepEqual(await queued(), ['7914073381342284:AUTHORISATION:true'])
  const unsigned = Buffer.from(JSON.stringify(notification))
  const refused = await post(receiver.port, {
    path: PAYMENTS.path,
    headers: { 'content-type': 'application/json' },
    body: unsigned,
  })
  assert.deepEqual([refused.status, refused.body.includes('missing_signature')], [401, true])
})
