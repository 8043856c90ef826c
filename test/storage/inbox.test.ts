import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { eventKey } from '../../src/storage/event-key.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { NotDurableError } from '../../src/storage/postgres-errors.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { dropAllPartitions } from './drop-all-partitions.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
})
after(() => database.drop())
beforeEach(() =>
  pool.query('truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.parked, posthorn.anomalies'),
)

const count = async (table: string): Promise<number> => {
  const { rows } = await pool.query<{ count: number }>(`select count(*)::integer as count from posthorn.${table}`)
  return rows[0]?.count ?? -1
}

test('an accepted event is stored with its exact bytes, and queued', async () => {
  const body = Buffer.from([0x7b, 0x00, 0xff, 0xfe, 0x0a, 0x7d])
  const event = incomingEvent({ body, headers: { 'x-odd': 'ä" \\ ' }, entity: { kind: 'invoice', id: 'in_1' } })
  const accepted = await createInbox({ pool }).accept(event)
  assert.deepEqual(accepted, { acceptance: 'new', key: eventKey('shop', event.eventId) })
  const { rows } = await pool.query(
    `select e.state, e.entity_kind, e.entity_id, b.body, b.headers, q.handler, q.attempt
     from posthorn.events e join posthorn.bodies b using (key) join posthorn.queue q using (key)`,
  )
  assert.deepEqual(rows, [
    {
      state: 'received',
      entity_kind: 'invoice',
      entity_id: 'in_1',
      body,
      headers: { 'x-odd': 'ä" \\ ' },
      handler: null,
      attempt: 1,
    },
  ])
})

test('a redelivered event is a duplicate and leaves one row, also within one flush', async () => {
  const inbox = createInbox({ pool })
  const event = incomingEvent()
  const answers = await Promise.all(Array.from({ length: 100 }, () => inbox.accept(event)))
  assert.equal(answers.filter(({ acceptance }) => acceptance === 'new').length, 1)
  assert.equal((await inbox.accept(event)).acceptance, 'duplicate')
  assert.deepEqual([await count('events'), await count('bodies'), await count('queue')], [1, 1, 1])
})

test('the same event ID from two sources is two events', async () => {
  const inbox = createInbox({ pool })
  await inbox.accept(incomingEvent({ eventId: 'evt_123' }))
  const other = await inbox.accept(incomingEvent({ eventId: 'evt_123', source: 'other' }))
  assert.equal(other.acceptance, 'new')
})

test('the same event ID with another body is an anomaly: kept whole, once, and not queued', async () => {
  const inbox = createInbox({ pool })
  const body = Buffer.from('{"amount":1}')
  await inbox.accept(incomingEvent({ eventId: 'evt_1' }))
  assert.equal((await inbox.accept(incomingEvent({ eventId: 'evt_1', body }))).acceptance, 'anomaly')
  assert.equal((await inbox.accept(incomingEvent({ eventId: 'evt_1', body }))).acceptance, 'anomaly')
  const { rows } = await pool.query('select event_id, kind, body from posthorn.anomalies')
  assert.deepEqual(rows, [{ event_id: 'evt_1', kind: 'other_body', body }])
  assert.equal(await count('queue'), 1)
})

test('a redelivery that differs only in what its provider marks deliveries with is a duplicate', async () => {
  const inbox = createInbox({ pool })
  const send = async (attempt: number, amount: number) => {
    const body = Buffer.from(JSON.stringify({ amount, meta: { attempt } }))
    return (await inbox.accept(incomingEvent({ eventId: 'evt_1', body, volatile: ['/meta/attempt'] }))).acceptance
  }
  assert.equal(await send(1, 100), 'new')
  assert.equal(await send(2, 100), 'duplicate')
  assert.equal(await send(2, 999), 'anomaly')
  await pool.query('truncate posthorn.bodies')
  assert.equal(await send(3, 100), 'duplicate', 'nothing is left to compare it with')
  assert.deepEqual([await count('queue'), await count('anomalies')], [1, 1])
})

test('where the ID is not signed, the same signed bytes under another ID are a duplicate', async () => {
  const inbox = createInbox({ pool })
  const body = Buffer.from('{"action":"opened"}')
  await inbox.accept(incomingEvent({ eventId: 'first', idSigned: false, body }))
  const replayed = await inbox.accept(incomingEvent({ eventId: 'forged', idSigned: false, body }))
  assert.deepEqual(replayed, { acceptance: 'duplicate', key: eventKey('shop', 'first') })
  const together = await Promise.all(
    ['a', 'b'].map((eventId) =>
      inbox.accept(incomingEvent({ eventId, idSigned: false, body: Buffer.from('{"n":2}') })),
    ),
  )
  assert.deepEqual(together.map(({ acceptance }) => acceptance).sort(), ['duplicate', 'new'])
  assert.equal(await count('events'), 2)
})

test('a NUL in the event ID of one event parks that event and fails none of its 499 neighbours', async () => {
  const inbox = createInbox({ pool })
  const events = Array.from({ length: 500 }, (_, n) => incomingEvent(n === 250 ? { eventId: 'evt_\0' } : {}))
  const answers = await Promise.all(events.map((event) => inbox.accept(event)))
  assert.ok(answers.every(({ acceptance }) => acceptance === 'new'))
  assert.deepEqual([await count('events'), await count('queue'), await count('parked')], [500, 499, 1])
  const { rows } = await pool.query('select code from posthorn.parked')
  assert.deepEqual(rows, [{ code: 'text_not_storable' }])
})

test('a row that Postgres refuses is found among good ones and parked with its bytes', async () => {
  const inbox = createInbox({ pool })
  const body = Buffer.from('{"culprit":true}')
  const culprit = incomingEvent({ remoteIp: 'not an address', body })
  const answers = await Promise.all(
    [...Array.from({ length: 20 }, () => incomingEvent()), culprit].map((event) => inbox.accept(event)),
  )
  assert.ok(answers.every(({ acceptance }) => acceptance === 'new'))
  const { rows } = await pool.query(
    `select e.state, e.state_reason, e.event_id, b.body from posthorn.events e join posthorn.bodies b using (key) where state = 'parked'`,
  )
  const bodyHash = createHash('sha256').update(body).digest('hex')
  assert.deepEqual(rows, [{ state: 'parked', state_reason: 'data_error', event_id: `body:${bodyHash}`, body }])
  assert.equal(await count('queue'), 20)
})

test('two flushes that share keys in opposite order both commit, each event once', async () => {
  const events = Array.from({ length: 300 }, () => incomingEvent())
  const inboxes = [createInbox({ pool }), createInbox({ pool })] as const
  for (let round = 0; round < 5; round += 1) {
    await pool.query('truncate posthorn.events, posthorn.bodies, posthorn.queue')
    const answers = await Promise.all([
      ...events.map((event) => inboxes[0].accept(event)),
      ...events.toReversed().map((event) => inboxes[1].accept(event)),
    ])
    assert.equal(answers.filter(({ acceptance }) => acceptance === 'new').length, 300)
    assert.deepEqual([await count('events'), await count('bodies'), await count('queue')], [300, 300, 300])
  }
})

test('a baseline event is stored as ignored; it is queued for the mirror only where the source mirrors', async () => {
  const inbox = createInbox({ pool })
  const hold = { state: 'ignored', reason: 'baseline' } as const
  await inbox.accept(incomingEvent({ hold, mirror: true }))
  await inbox.accept(incomingEvent({ hold, mirror: false }))
  const { rows } = await pool.query(
    'select state, state_reason, handler from posthorn.events left join posthorn.queue using (key) order by handler',
  )
  assert.deepEqual(rows, [
    { state: 'ignored', state_reason: 'baseline', handler: 'mirror' },
    { state: 'ignored', state_reason: 'baseline', handler: null },
  ])
})

test('a missing partition is made on demand', async () => {
  const fresh = await createTestDatabase()
  try {
    const pool = fresh.pool()
    await dropAllPartitions(pool)
    const accepted = await createInbox({ pool }).accept(incomingEvent())
    assert.equal(accepted.acceptance, 'new')
  } finally {
    await fresh.drop()
  }
})

test('an event that cannot be committed is refused, never acknowledged', async () => {
  const readOnly = database.pool({ max: 1 })
  await readOnly.query('set default_transaction_read_only = on')
  await assert.rejects(createInbox({ pool: readOnly }).accept(incomingEvent()), NotDurableError)
  assert.equal(await count('events'), 0)
})

test('an accepted event costs one statement of its own, and concurrent ones share it', async () => {
  let statements = 0
  const counting = new Proxy(pool, {
    get: (target, name) => {
      if (name === 'query') statements += 1
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const inbox = createInbox({ pool: counting })
  await inbox.accept(incomingEvent())
  assert.equal(statements, 1)
  await Promise.all(Array.from({ length: 200 }, () => inbox.accept(incomingEvent())))
  assert.equal(statements, 2)
})

test('answers stand in the order of the events', async () => {
  const inbox = createInbox({ pool })
  const known = incomingEvent()
  await inbox.accept(known)
  const [first, second] = await Promise.all([inbox.accept(known), inbox.accept(incomingEvent())])
  assert.deepEqual([first.acceptance, second.acceptance], ['duplicate', 'new'])
})

test('the events of one request are committed together: a failing one leaves none of them', async () => {
  const inbox = createInbox({ pool })
  const events = Array.from({ length: 5 }, () => incomingEvent())
  await pool.query(`alter table posthorn.queue add constraint only_a_few check (source <> 'shop') not valid`)
  try {
    // Refused whole, and parked whole: none is left behind in a state of its own.
    const answers = await inbox.acceptAll(events)
    assert.deepEqual(new Set(answers.map(({ acceptance }) => acceptance)), new Set(['new']))
    assert.deepEqual([await count('events'), await count('parked'), await count('queue')], [5, 5, 0])
  } finally {
    await pool.query('alter table posthorn.queue drop constraint only_a_few')
  }
  const readOnly = database.pool({ max: 1 })
  await readOnly.query('set default_transaction_read_only = on')
  await assert.rejects(createInbox({ pool: readOnly }).acceptAll([incomingEvent(), incomingEvent()]), NotDurableError)
  assert.equal(await count('events'), 5)
})

test('one row that Postgres refuses parks all events of its request under derived IDs, and none of another', async () => {
  const inbox = createInbox({ pool })
  const body = (n: number): Buffer => Buffer.from(`{"n":${n}}`)
  const batch = [0, 1, 2].map((n) => incomingEvent({ body: body(n), ...(n === 1 && { remoteIp: 'no address' }) }))
  const neighbours = Array.from({ length: 20 }, () => [incomingEvent(), incomingEvent()])
  const requests = [...neighbours.slice(0, 7), batch, ...neighbours.slice(7)]
  const answers = await Promise.all(requests.map((events) => inbox.acceptAll(events)))
  assert.ok(answers.flat().every(({ acceptance }) => acceptance === 'new'))
  const { rows } = await pool.query<{ event_id: string; state_reason: string; body: Buffer }>(
    `select e.event_id, e.state_reason, b.body from posthorn.events e join posthorn.bodies b using (key)
     where state = 'parked' order by b.body`,
  )
  assert.deepEqual(
    rows,
    [0, 1, 2].map((n) => ({
      event_id: `body:${createHash('sha256').update(body(n)).digest('hex')}`,
      state_reason: 'data_error',
      body: body(n),
    })),
  )
  assert.deepEqual([await count('events'), await count('queue')], [43, 40])
  const again = await inbox.acceptAll(batch)
  assert.ok(again.every(({ acceptance }) => acceptance === 'duplicate'))
})

test('a redelivered request with one new event accepts that one, and its answers stand in order', async () => {
  const inbox = createInbox({ pool })
  const [first, second, third] = [incomingEvent(), incomingEvent(), incomingEvent()]
  await inbox.acceptAll([first, third])
  const answers = await inbox.acceptAll([first, second, third, second])
  assert.deepEqual(
    answers.map(({ acceptance }) => acceptance),
    ['duplicate', 'new', 'duplicate', 'duplicate'],
  )
  assert.deepEqual(
    answers.map(({ key }) => key),
    [first, second, third, second].map(({ eventId }) => eventKey('shop', eventId)),
  )
  assert.equal(await count('queue'), 3)
})

test('a request of a thousand events is one statement, in the order in which it carries them', async () => {
  const flushes: number[] = []
  const inbox = createInbox({ pool, onFlush: ({ events }) => flushes.push(events) })
  const events = Array.from({ length: 1_000 }, () => incomingEvent())
  await inbox.acceptAll(events)
  assert.deepEqual(flushes, [1_000])
  const { rows } = await pool.query<{ key: string }>('select key from posthorn.queue order by seq')
  assert.deepEqual(
    rows.map(({ key }) => key),
    events.map(({ eventId }) => eventKey('shop', eventId)),
  )
})

test('where other things than the bytes make a request unique, those count in their place', async () => {
  const inbox = createInbox({ pool })
  const paid = Buffer.from('{"paid":true}')
  const offer = (eventId: string, signedAs: string, body: Buffer) =>
    inbox.accept(incomingEvent({ eventId, idSigned: false, signedAs, body }))
  assert.equal((await offer('a', 'created', paid)).acceptance, 'new')
  assert.equal((await offer('b', 'paid', paid)).acceptance, 'new')
  assert.deepEqual(await offer('c', 'paid', paid), { acceptance: 'duplicate', key: eventKey('shop', 'b') })
  assert.deepEqual(await offer('d', 'paid', Buffer.from('{}')), { acceptance: 'anomaly', key: eventKey('shop', 'b') })
  assert.deepEqual([await count('events'), await count('queue'), await count('anomalies')], [2, 2, 1])
  const { rows } = await pool.query<object>('select key, event_id from posthorn.anomalies')
  assert.deepEqual(rows, [{ key: eventKey('shop', 'b'), event_id: 'd' }])
})

test('a forged ID keeps nobody else from it, not even in the same flush', async () => {
  const inbox = createInbox({ pool })
  const seen = incomingEvent({ eventId: 'seen', idSigned: false, body: Buffer.from('{"seen":true}') })
  await inbox.accept(seen)
  const answers = await inbox.acceptAll([
    { ...seen, eventId: 'wanted' },
    incomingEvent({ eventId: 'wanted', idSigned: false, body: Buffer.from('{"wanted":true}') }),
    incomingEvent({ eventId: 'wanted', idSigned: false, body: Buffer.from('{"wanted":true}') }),
  ])
  assert.deepEqual(answers, [
    { acceptance: 'duplicate', key: eventKey('shop', 'seen') },
    { acceptance: 'new', key: eventKey('shop', 'wanted') },
    { acceptance: 'duplicate', key: eventKey('shop', 'wanted') },
  ])
  assert.deepEqual([await count('events'), await count('bodies'), await count('queue')], [2, 2, 2])
})
