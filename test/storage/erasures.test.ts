import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { askApproval } from '../../src/storage/approvals.ts'
import { enterEffect, finishEffect } from '../../src/storage/effects.ts'
import { nextFetchSequence, saveEntity } from '../../src/storage/entities.ts'
import { listDayPartitions } from '../../src/storage/day-partitions.ts'
import { type EraseRequest, erasePayloads } from '../../src/storage/erasures.ts'
import { type Inbox, type IncomingEvent, createInbox } from '../../src/storage/inbox.ts'
import { keepUnfinishedBodies } from '../../src/storage/kept-bodies.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createReceiptLog } from '../../src/storage/receipts.ts'
import { recordFailedTries } from '../../src/storage/run-failures.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { findBody } from '../../src/storage/stored-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { ageEverything } from './age.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool
let inbox: Inbox

before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 8 })
  inbox = createInbox({ pool })
})
after(() => database.drop())

const MARKER = 'ada.lovelace@example.org'
const ENTITY = { kind: 'customer', id: 'cus_ada' }
const ORDER: EraseRequest = {
  source: 'shop',
  eventIds: [],
  entity: ENTITY,
  actor: 'grace',
  reason: 'asked for by the customer',
  dryRun: false,
}

beforeEach(async () => {
  const tables = await tablesOf()
  await pool.query(`truncate ${tables.filter((name) => name !== 'posthorn.migrations').join(', ')}`)
})

async function tablesOf(): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select 'posthorn.' || relname as name from pg_class
     where relnamespace = 'posthorn'::regnamespace and relkind in ('r', 'p') and not relispartition order by 1`,
  )
  return rows.map(({ name }) => name)
}

/** Every table that holds the marker in any column, as text or as bytes. */
async function tablesWithMarker(): Promise<string[]> {
  const found: string[] = []
  for (const table of await tablesOf()) {
    const { rows } = await pool.query(
      `select 1 from ${table} t where position($1 in t::text) > 0
         or position(encode(convert_to($1, 'UTF8'), 'hex') in t::text) > 0 limit 1`,
      [MARKER],
    )
    if (rows.length > 0) found.push(table.replace('posthorn.', ''))
  }
  return found
}

const adasEvent = (overrides: Partial<IncomingEvent> = {}): IncomingEvent =>
  incomingEvent({
    entity: ENTITY,
    headers: { 'x-customer': MARKER },
    body: Buffer.from(JSON.stringify({ email: MARKER, at: randomUUID() })),
    ...overrides,
  })

const accept = async (event: IncomingEvent): Promise<string> => (await inbox.accept(event)).key

/** Leaves the marker wherever a payload, or what quotes one, may stand. */
async function leaveTraces(): Promise<{ event: IncomingEvent; key: string }> {
  const event = adasEvent()
  const key = await accept(event)
  await accept({ ...event, body: Buffer.from(`another body of ${MARKER}`) })
  await accept(adasEvent({ hold: { state: 'parked', reason: 'schema_mismatch', detail: `${MARKER} is no number` } }))
  await leaveReceipt(key)
  const run = { key, handler: 'greet', attempt: 1 }
  await recordFailedTries(pool, [
    {
      run: { source: 'shop', eventId: event.eventId, handler: 'greet', attempt: 1 },
      activityId: '1',
      activity: 'send',
      try: 1,
      code: 'bounced',
      message: `550 ${MARKER}`,
    },
  ])
  const question = { name: 'greet', summary: `Greet ${MARKER}?`, withinMs: 60_000, workflowId: 'event/shop/1/greet' }
  await askApproval(pool, { ...run, ...question }, false)
  const ignored = { ...run, key: await accept(adasEvent()) }
  await pool.query(`update posthorn.events set state = 'dispatched' where key = any($1)`, [[key, ignored.key]])
  await closeRuns(pool, [
    { ...run, outcome: { state: 'dead', code: 'bounced', message: `550 ${MARKER}` } },
    { ...ignored, outcome: { state: 'ignored', reason: `no such user ${MARKER}` } },
  ])
  await saveEntity(pool, { source: 'shop', entity: ENTITY, version: 7n, state: { email: MARKER }, eventKey: key })
  const effect = { key, handler: 'greet', name: 'mail', discriminator: '' }
  await enterEffect(pool, { ...effect, attempt: 1, argumentsHash: null })
  await finishEffect(pool, { ...effect, redo: 0 }, JSON.stringify({ to: MARKER }))
  return { event, key }
}

async function leaveReceipt(key: string): Promise<void> {
  const receipts = createReceiptLog(pool, () => assert.fail('a receipt was dropped'))
  const request = { id: randomUUID(), at: new Date(), source: 'shop', contentLength: 10, secretSlot: 'current' }
  receipts.record({ ...request, verdict: 'refused', code: 'schema_mismatch', key, body: Buffer.from(MARKER) })
  await receipts.flush()
}

test('of a subject that is erased nothing is left in any table, but the proof', async () => {
  const { event, key } = await leaveTraces()
  const unrelated = await accept(incomingEvent())
  const before = await tablesWithMarker()
  assert.deepEqual(before, [
    ...[
      'anomalies',
      'approvals',
      'bodies',
      'dead_letters',
      'effect_ledger',
      'entities',
      'events',
      'parked',
      'receipts',
      'run_failures',
    ],
    'runs',
  ])
  const erasure = await erasePayloads(pool, pool, ORDER)
  assert.deepEqual(await tablesWithMarker(), [])
  assert.equal(erasure.events, 3)
  assert.deepEqual(erasure.counts, { body: 3, anomaly: 1, receipt: 1, message: 6, entity: 1, effect: 1 })
  assert.equal(await findBody(pool, key), undefined)
  assert.ok(await findBody(pool, unrelated))

  const hashOfBody = createHash('sha256').update(event.body).digest('hex')
  assert.ok(erasure.items.some((item) => item.content === 'body' && item.id === key && item.sha256 === hashOfBody))
  const lines = erasure.items.map(({ content, id, sha256 }) => `${content} ${id} ${sha256}\n`).toSorted()
  assert.equal(erasure.digest, createHash('sha256').update(lines.join('')).digest('hex'))
  const { rows: proofs } = await pool.query(
    `select actor, reason, target, counts, encode(digest, 'hex') as digest, id from posthorn.erasures`,
  )
  assert.deepEqual(proofs, [
    {
      actor: 'grace',
      reason: ORDER.reason,
      target: { source: 'shop', entity: ENTITY },
      counts: { events: 3, ...erasure.counts },
      digest: erasure.digest,
      id: erasure.id,
    },
  ])
  const { rows: audit } = await pool.query(`select actor, action, target, reason from posthorn.audit_log`)
  assert.deepEqual(audit, [
    { actor: 'grace', action: 'payloads.erase', target: { source: 'shop', entity: ENTITY }, reason: ORDER.reason },
  ])
})

test('a redelivery of an erased event is a duplicate, with the same bytes and with others, and brings nothing back', async () => {
  const event = adasEvent()
  const unsigned = adasEvent({ idSigned: false })
  await Promise.all([accept(event), accept(unsigned)])
  await erasePayloads(pool, pool, ORDER)
  const again = [
    event,
    { ...event, body: Buffer.from(`other bytes of ${MARKER}`) },
    { ...unsigned, eventId: 'another' },
  ]
  for (const redelivery of again) assert.equal((await inbox.accept(redelivery)).acceptance, 'duplicate')
  assert.deepEqual(await tablesWithMarker(), [])
})

test('the mirror stays erased, whichever view comes later', async () => {
  const view = { source: 'shop', entity: ENTITY, state: { email: MARKER }, eventKey: randomUUID() }
  await saveEntity(pool, { ...view, version: await nextFetchSequence(pool) })
  await erasePayloads(pool, pool, ORDER)
  assert.equal(await saveEntity(pool, { ...view, version: 9_000_000_000n }), false)
  assert.deepEqual(await tablesWithMarker(), [])
})

test('bodies are erased wherever retention has them: kept, detached, half-way between', async () => {
  const { bodies } = await (async () => {
    await accept(adasEvent())
    return ageEverything(pool, 40)
  })()
  await pool.query(`insert into posthorn.kept_bodies select key, headers, body from posthorn.bodies`)
  await pool.query(`alter table posthorn.bodies detach partition posthorn.${bodies}`)
  const erasure = await erasePayloads(pool, pool, ORDER)
  assert.equal(erasure.counts.body, 2)
  assert.deepEqual(await tablesWithMarker(), [])
  await pool.query(`drop table posthorn.${bodies}`)
})

test('events are erased by their IDs; a dry run says what would go and changes nothing', async () => {
  const event = adasEvent()
  const other = adasEvent()
  const [key, otherKey] = await Promise.all([accept(event), accept(other)])
  const { entity: _, ...byEvent } = { ...ORDER, eventIds: [event.eventId, 'unknown'] }
  const dry = await erasePayloads(pool, pool, { ...byEvent, dryRun: true })
  assert.deepEqual([dry.id, dry.counts, dry.unfinished], [undefined, { body: 1 }, 1])
  assert.ok(await findBody(pool, key))
  const done = await erasePayloads(pool, pool, byEvent)
  assert.equal(done.digest, dry.digest)
  assert.equal(await findBody(pool, key), undefined)
  assert.ok(await findBody(pool, otherKey))
})

test('what is not there is not erased, and leaves no proof of it', async () => {
  const nothing = await erasePayloads(pool, pool, { ...ORDER, entity: { kind: 'customer', id: 'nobody' } })
  assert.deepEqual([nothing.id, nothing.events, nothing.items], [undefined, 0, []])
  const { rows } = await pool.query('select 1 from posthorn.erasures union all select 1 from posthorn.entities')
  assert.deepEqual(rows, [])
})

test('an erasure whose proof cannot commit erases nothing, results of effects in their own database included', async (t) => {
  await leaveTraces()
  const before = await tablesWithMarker()
  await pool.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'no proof today'; end $$;
     create constraint trigger refused after insert on posthorn.erasures deferrable initially deferred
       for each row execute function refuse()`,
  )
  t.after(() => pool.query('drop function if exists refuse cascade'))
  await assert.rejects(erasePayloads(pool, pool, ORDER), /no proof today/)
  assert.deepEqual(await tablesWithMarker(), before)
  await pool.query('drop function refuse cascade')
  assert.equal((await erasePayloads(pool, pool, ORDER)).counts.effect, 1)
  assert.deepEqual(await tablesWithMarker(), [])
})

test('results of effects that an interrupted erasure left behind are erased and proven by the next', async () => {
  const { key } = await leaveTraces()
  await erasePayloads(pool, pool, ORDER)
  await pool.query('update posthorn.effect_ledger set result = $2 where key = $1', [
    key,
    JSON.stringify({ to: MARKER }),
  ])
  const again = await erasePayloads(pool, pool, ORDER)
  assert.deepEqual(again.counts, { effect: 1 })
  assert.ok(again.id)
})

/** Does `meanwhile` while an erasure has deleted most, and not yet committed. It ends then, or waits for the erasure. */
async function whileErasing(meanwhile: () => Promise<unknown>): Promise<void> {
  const inTheWay = await pool.connect()
  await inTheWay.query('begin; lock table posthorn.approvals in exclusive mode')
  const waiting = async (): Promise<number> => {
    const { rows } = await pool.query(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    return rows.length
  }
  const erasing = erasePayloads(pool, pool, ORDER)
  await eventually(async () => assert.equal(await waiting(), 1))
  let isOver = false
  const other = meanwhile().finally(() => (isOver = true))
  await eventually(async () => assert.ok(isOver || (await waiting()) === 2))
  await inTheWay.query('rollback')
  inTheWay.release()
  await Promise.all([erasing, other])
}

test('what retention moves while it is erased is not there afterwards', async () => {
  const keptKey = await accept(incomingEvent())
  await accept(adasEvent())
  const { bodies } = await ageEverything(pool, 40)
  const partition = (await listDayPartitions(pool)).find(({ name }) => name === bodies)
  assert.ok(partition)
  await whileErasing(() => keepUnfinishedBodies(pool, partition, () => undefined))
  const { rows } = await pool.query<{ key: string }>('select key from posthorn.kept_bodies')
  assert.deepEqual(rows, [{ key: keptKey }])
  await pool.query(`drop table posthorn.${bodies}`)
})

test('other bytes that come while an event is erased are not stored', async () => {
  const event = adasEvent()
  await accept(event)
  await whileErasing(() => accept({ ...event, body: Buffer.from(`another body of ${MARKER}`) }))
  assert.deepEqual(await tablesWithMarker(), [])
})
