/** From the request to the rows: the production app on a real Postgres. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { derivedEventId, sha256 } from '../../src/storage/event-key.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { type RawAnswer, post } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { CALLS, CODE, SECRET, SHOP, STANDARD, type Webhook, testSource, unixNow, webhook } from './webhooks.ts'

const CONNECTED_AT = new Date(Date.now() - 3_600_000)
const CONNECTED = testSource({
  id: 'connected',
  connectedAt: CONNECTED_AT,
  mirror: true,
  tenant: 'acme',
  account: 'a1',
})
const STRICT = testSource({ id: 'strict', onMissingId: 'refuse', onMalformed: 'refuse', apiVersion: '2026-04-01' })

const NEW = '{"received":true}'
const DUPLICATE = '{"received":true,"duplicate":true}'

let database: TestDatabase
let pool: Pool
let receiver: TestReceiver

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  receiver = await startReceiver({ pool, sources: [CALLS, SHOP, CODE, STANDARD, CONNECTED, STRICT] })
})
after(async () => {
  await receiver.close()
  await database.drop()
})
beforeEach(async () => {
  await receiver.receipts.flush()
  await pool.query(
    'truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.parked, posthorn.anomalies, posthorn.receipts',
  )
})

const send = (request: Webhook): Promise<RawAnswer> => post(receiver.port, request)

async function rowsOf<Row extends object = Record<string, unknown>>(query: string): Promise<Row[]> {
  await receiver.receipts.flush()
  return (await pool.query<Row>(query)).rows
}

const count = async (table: string): Promise<number> =>
  (await rowsOf<{ count: number }>(`select count(*)::integer as count from posthorn.${table}`))[0]?.count ?? -1

const verdicts = (): Promise<Record<string, unknown>[]> =>
  rowsOf(
    'select verdict, code, event_id, secret_slot, host(remote_ip) as ip, content_length from posthorn.receipts order by id',
  )

test('a signed event is stored with the bytes and headers that prove it, and is queued (rows 2, 13, 325)', async () => {
  const request = webhook({
    id: 'evt_1',
    headers: { authorization: 'Bearer x', cookie: 'a=b', 'x-forwarded-for': '203.0.113.9', 'x-extra': 'kept' },
  })
  assert.equal((await send(request)).body, NEW)
  const [row] = await rowsOf(
    `select e.*, host(e.remote_ip) as ip, b.body, b.headers, q.seq from posthorn.events e
     join posthorn.bodies b using (key) join posthorn.queue q using (key)`,
  )
  assert.deepEqual([row?.['source'], row?.['event_id'], row?.['type']], ['calls', 'evt_1', 'call.ended'])
  assert.deepEqual([row?.['entity_kind'], row?.['entity_id'], row?.['state']], ['call', 'call_1', 'received'])
  assert.deepEqual([row?.['secret_slot'], row?.['ip']], ['current', '127.0.0.1'])
  assert.deepEqual(row?.['body'], request.body)
  const headers = row?.['headers'] as Record<string, string>
  assert.equal(headers['x-teamconnect-signature'], request.headers['x-teamconnect-signature'])
  assert.equal(headers['x-extra'], 'kept')
  for (const dropped of ['authorization', 'cookie', 'x-forwarded-for']) assert.equal(dropped in headers, false, dropped)
})

test('a body with odd whitespace, key order, decimals and escapes is verified and stored byte for byte (row 343)', async () => {
  const text =
    '\n{ "type" :"call.ended",\t"data": {"z":1.10, "call_id":"call_1","a":1e2,"n":10000000000000000001,"u":"\\u00e9é"},  "id":"evt_odd" }\r\n'
  assert.equal((await send(webhook({ body: text }))).status, 200)
  const [row] = await rowsOf('select body from posthorn.bodies')
  assert.equal((row?.['body'] as Buffer).toString(), text)
  // The same JSON, written as a program would write it, is not what was signed.
  const canonical = Buffer.from(JSON.stringify(JSON.parse(text)))
  assert.equal((await send({ ...webhook({ body: text }), body: canonical })).status, 401)
})

test('ten deliveries of one event are one event, and nine receipts of duplicates (rows 91, 92, 327, 328)', async () => {
  for (let delivery = 0; delivery < 10; delivery++) {
    const answer = await send(webhook({ id: 'evt_again' }))
    assert.deepEqual([answer.status, answer.body], [200, delivery === 0 ? NEW : DUPLICATE])
  }
  assert.deepEqual([await count('events'), await count('queue')], [1, 1])
  const receipts = await verdicts()
  assert.deepEqual(
    receipts.map(({ verdict, event_id }) => [verdict, event_id]),
    Array(9).fill(['duplicate', 'evt_again']),
  )
})

test('a hundred deliveries at once are one row (rows 94, 95)', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => send(webhook({ id: 'evt_storm' }))))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  assert.equal(answers.filter(({ body }) => body === NEW).length, 1)
  assert.deepEqual([await count('events'), await count('queue'), await count('receipts')], [1, 1, 99])
})

test('the same ID from two sources is two events (row 123)', async () => {
  assert.equal((await send(webhook({ id: 'evt_123' }))).body, NEW)
  assert.equal((await send(webhook({ id: 'evt_123', source: SHOP }))).body, NEW)
  assert.equal(await count('events'), 2)
})

test('an event is keyed by its signed body, not by a header: a replay under another ID is a duplicate (row 119)', async () => {
  const calls = webhook({ id: 'evt_captured' })
  assert.equal((await send(calls)).body, NEW)
  const replayed = {
    ...calls,
    headers: { ...calls.headers, 'x-teamconnect-delivery': 'other', 'x-event-id': 'evt_other' },
  }
  assert.equal((await send(replayed)).body, DUPLICATE)

  // GitHub has no ID but that of the header: there the signed bytes themselves are the second identity.
  const code = webhook({ source: CODE, id: 'delivery-1' })
  assert.equal((await send(code)).body, NEW)
  assert.equal(
    (await send({ ...code, headers: { ...code.headers, 'x-github-delivery': 'delivery-2' } })).body,
    DUPLICATE,
  )
  assert.deepEqual([await count('events'), await count('queue')], [2, 2])
})

test('a forged request with a guessed ID suppresses nothing: the genuine event is still new (row 120)', async () => {
  const genuine = webhook({ id: 'evt_guessed' })
  const forgeries = [
    { ...genuine, headers: { 'content-type': 'application/json', 'x-event-id': 'evt_guessed' } },
    webhook({ id: 'evt_guessed', secret: 'not the secret' }),
    webhook({ id: 'evt_guessed', at: unixNow() - 3_600 }),
    webhook({ id: 'evt_guessed', headers: { 'x-teamconnect-event': 'call.missed' } }),
  ]
  for (const forgery of forgeries) assert.notEqual((await send(forgery)).status, 200)
  assert.equal(await count('events'), 0)
  assert.equal((await send(genuine)).body, NEW)
})

test('an event refused while its secret was unknown is new once it is known (row 120)', async () => {
  const next = 'the-secret-after-the-rotation'
  const event = webhook({ id: 'evt_rotation', secret: next })
  assert.equal((await send(event)).status, 401)
  const rotated = testSource({ secrets: [...CALLS.secrets, { slot: 'next', value: next }] })
  const later = await startReceiver({ pool, sources: [rotated] })
  assert.equal((await post(later.port, event)).body, NEW)
  await later.close()
})

test('the same ID with another body is acknowledged, kept as an anomaly and not run (row 125)', async () => {
  await send(webhook({ id: 'evt_twice' }))
  const other = { id: 'evt_twice', type: 'call.ended', data: { call_id: 'call_2' } }
  const before = receiver.log.lines().length
  const answer = await send(webhook({ id: 'evt_twice', body: other }))
  assert.deepEqual([answer.status, answer.body], [200, DUPLICATE])
  const [line] = receiver.log.lines().slice(before)
  assert.deepEqual([line?.['verdict'], line?.['level']], ['anomaly', 'warn'])
  assert.deepEqual([await count('events'), await count('queue'), await count('anomalies')], [1, 1, 1])
  assert.deepEqual(
    (await verdicts()).map(({ verdict }) => verdict),
    ['anomaly'],
  )
})

test('a type that the signed body contradicts is refused, and the event stays deliverable (rows 50, 120)', async () => {
  const push = webhook({ source: CODE, id: 'delivery-3', headers: { 'x-github-event': 'push' } })
  const answer = await send(push)
  assert.deepEqual([answer.status, answer.body.includes('type_mismatch')], [400, true])
  assert.deepEqual(
    (await verdicts()).map(({ verdict, code }) => [verdict, code]),
    [['refused', 'type_mismatch']],
  )
  assert.equal((await send({ ...push, headers: { ...push.headers, 'x-github-event': 'issues' } })).body, NEW)
})

test('verified bytes without a readable envelope are parked whole, once, and answered 200 (rows 197, 217)', async () => {
  const bodies = ['not json', '[]', '"text"', '{"id":"evt_1"}', '', Buffer.from([0xff, 0xfe]), '['.repeat(100_000)]
  for (const body of bodies) {
    assert.equal((await send(webhook({ body }))).body, NEW)
    assert.equal((await send(webhook({ body }))).body, DUPLICATE)
  }
  const rows = await rowsOf(
    'select e.event_id, e.state, p.code from posthorn.events e join posthorn.parked p using (key)',
  )
  assert.equal(rows.length, bodies.length)
  for (const row of rows) assert.deepEqual([row['state'], row['code']], ['parked', 'malformed_body'])
  assert.equal(await count('queue'), 0)
})

test('a GitHub body parked for want of a header does not take the place of the genuine event (row 120)', async () => {
  const genuine = webhook({ source: CODE, id: 'delivery-4' })
  const { 'x-github-event': _, ...headers } = genuine.headers
  assert.equal((await send({ ...genuine, headers })).body, NEW)
  assert.equal((await send(genuine)).body, NEW)
  const states = await rowsOf('select state from posthorn.events order by state')
  assert.deepEqual(
    states.map(({ state }) => state),
    ['parked', 'received'],
  )
})

test('a source may refuse what it cannot read, and events without an ID: 400, no row, a receipt with the bytes', async () => {
  const malformed = await send(webhook({ source: STRICT, body: 'not json' }))
  assert.deepEqual([malformed.status, malformed.body.includes('malformed_body')], [400, true])
  const nameless = await send(webhook({ source: STRICT, body: { type: 'call.ended' } }))
  assert.deepEqual([nameless.status, nameless.body.includes('missing_event_id')], [400, true])
  assert.equal(await count('events'), 0)
  assert.deepEqual(
    (await verdicts()).map(({ code }) => code),
    ['malformed_body', 'missing_event_id'],
  )
  const { rows } = await pool.query<{ body: Buffer }>('select body from posthorn.receipts order by id')
  assert.deepEqual(
    rows.map(({ body }) => body.toString()),
    ['not json', '{"type":"call.ended"}'],
  )
})

test('such a source refuses with 422 what fits no schema, or another version than it is pinned to; then nothing stands in its way', async () => {
  const offer = (data: object, version: string) =>
    send(webhook({ source: STRICT, body: { id: 'evt_1', type: 'call.ended', api_version: version, data } }))
  const misfit = await offer({ call_id: 'call_1', duration_seconds: 'long' }, '2026-04-01')
  assert.deepEqual([misfit.status, misfit.body.includes('schema_mismatch')], [422, true])
  const outdated = await offer({ call_id: 'call_1' }, '2025-01-01')
  assert.deepEqual([outdated.status, outdated.body.includes('api_version_mismatch')], [422, true])
  assert.equal(await count('events'), 0)
  assert.deepEqual(
    (await verdicts()).map(({ code }) => code),
    ['schema_mismatch', 'api_version_mismatch'],
  )
  assert.equal((await offer({ call_id: 'call_1' }, '2026-04-01')).body, NEW)
})

test('an event without an ID is keyed by its body, with a warning, and redelivered it is a duplicate (row 44)', async () => {
  const body = Buffer.from('{"type":"call.ended","data":{"call_id":"call_1"}}')
  const before = receiver.log.lines().length
  assert.equal((await send(webhook({ body }))).body, NEW)
  const [line] = receiver.log.lines().slice(before)
  assert.deepEqual([line?.['level'], line?.['keyedByBody']], ['warn', true])
  assert.equal((await send(webhook({ body }))).body, DUPLICATE)
  assert.deepEqual(await rowsOf('select event_id, state from posthorn.events'), [
    { event_id: derivedEventId(sha256(body)), state: 'received' },
  ])
})

test('an event from before the source was connected is stored, mirrored and never run', async () => {
  const at = (time: Date, id: string) =>
    send(webhook({ source: CONNECTED, body: { id, type: 'call.ended', created_at: time, data: { call_id: 'c' } } }))
  const older = new Date(CONNECTED_AT.getTime() - 60_000)
  assert.equal((await at(older, 'evt_old')).body, NEW)
  assert.equal((await at(new Date(), 'evt_fresh')).body, NEW)
  const rows = await rowsOf(
    `select event_id, state, state_reason, handler, tenant, account from posthorn.events join posthorn.queue using (key) order by event_id`,
  )
  const owned = { tenant: 'acme', account: 'a1' }
  assert.deepEqual(rows, [
    { event_id: 'evt_fresh', state: 'received', state_reason: null, handler: null, ...owned },
    { event_id: 'evt_old', state: 'ignored', state_reason: 'baseline', handler: 'mirror', ...owned },
  ])
})

test('a first event whose provider counts in whole seconds is not taken for history', async () => {
  const connectedAt = new Date()
  const source = testSource({ id: 'just-now', connectedAt })
  const later = await startReceiver({ pool, sources: [source] })
  const created_at = new Date(Math.floor(connectedAt.getTime() / 1_000) * 1_000)
  await post(later.port, webhook({ source, body: { id: 'evt_first', type: 'call.ended', created_at, data: {} } }))
  await later.close()
  assert.deepEqual(await rowsOf('select state from posthorn.events'), [{ state: 'received' }])
})

test('an event older than the keys that are kept cannot be told from a known one, and does not run', async () => {
  const created_at = new Date(Date.now() - 91 * 86_400_000)
  await send(webhook({ body: { id: 'evt_ancient', type: 'call.ended', created_at, data: {} } }))
  assert.deepEqual(await rowsOf('select state, state_reason from posthorn.events'), [
    { state: 'ignored', state_reason: 'baseline' },
  ])
  assert.equal(await count('queue'), 0)
})

test('every request that reached verification leaves a receipt with its verdict, and none with a secret (rows 83, 290)', async () => {
  await send(webhook({ id: 'evt_receipts' }))
  await send(webhook({ id: 'evt_receipts' }))
  const forged = webhook({ secret: 'not the secret', id: 'evt_forged' })
  await send(forged)
  const receipts = await verdicts()
  const ip = '127.0.0.1'
  assert.deepEqual(receipts, [
    {
      verdict: 'duplicate',
      code: null,
      event_id: 'evt_receipts',
      secret_slot: 'current',
      ip,
      content_length: webhook({ id: 'evt_receipts' }).body.length,
    },
    // Of a request that proves nothing, nothing is believed.
    {
      verdict: 'refused',
      code: 'invalid_signature',
      event_id: null,
      secret_slot: null,
      ip,
      content_length: forged.body.length,
    },
  ])
  const [event] = await rowsOf('select receipt_id from posthorn.events')
  assert.match(String(event?.['receipt_id']), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  const everything = JSON.stringify(await rowsOf('select * from posthorn.receipts'))
  for (const secret of [SECRET, forged.headers['x-teamconnect-signature'] ?? ''])
    assert.equal(everything.includes(secret), false)
})
