import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { EventRef, Outcome } from '../../src/domain/event.ts'
import { NotFoundYetError, TombstonesHaltedError } from '../../src/mirror/absence.ts'
import { createMirrorEntity } from '../../src/mirror/mirror-entity.ts'
import { ApiError } from '../../src/providers/api.ts'
import type { CanonicalRead } from '../../src/providers/provider.ts'
import { standardWebhooks } from '../../src/providers/standard-webhooks/index.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { believeDeletions } from '../../src/storage/believed-deletions.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let pool: Pool
const halts: string[] = []
let answer: () => Promise<CanonicalRead>
let probe: () => Promise<void>

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())
beforeEach(async () => {
  await pool.query('truncate posthorn.entities')
  halts.length = 0
  answer = async () => ({ found: false })
  probe = async () => undefined
})

const mirror = (event: EventRef, attempt = 1) =>
  createMirrorEntity({
    pool,
    sources: new Map([['toy', toySource({ mirror: true })]]),
    readers: { read: () => answer(), probe: () => probe() },
    onHalt: (source) => halts.push(source),
  })(event, attempt)

async function storedEvent(type: string, thing: string): Promise<EventRef> {
  const incoming = incomingEvent({ source: 'toy', provider: 'toy', type })
  const body = Buffer.from(JSON.stringify({ id: incoming.eventId, type, thing }))
  const { key } = await createInbox({ pool }).accept({ ...incoming, body })
  return {
    schemaVersion: 1,
    kit: 1,
    key,
    source: 'toy',
    provider: 'toy',
    eventId: incoming.eventId,
    type,
    handler: 'mirror',
    attempt: 1,
    receivedAt: new Date().toISOString(),
    entity: { kind: 'thing', id: thing },
  }
}

const entity = async (id: string) =>
  (await pool.query('select state, deleted_by from posthorn.entities where entity_id = $1', [id])).rows[0] as unknown

test('an answer that was asked for earlier never overwrites one asked for later, whichever arrives first', async () => {
  const event = await storedEvent('thing.changed', 'a')
  let slow: Promise<Outcome> | undefined
  const release = await new Promise<(read: CanonicalRead) => void>((asked) => {
    answer = () => new Promise((resolve) => asked(resolve))
    slow = mirror(event)
  })
  answer = async () => ({ found: true, state: { size: 2 } })
  assert.deepEqual(await mirror(event), { state: 'processed' })
  release({ found: true, state: { size: 1 } })
  assert.deepEqual(await slow, { state: 'ignored', reason: 'newer_view_present' })
  assert.deepEqual(await entity('a'), { state: { size: 2 }, deleted_by: null })
})

test("the provider's own version decides where it has one", async () => {
  const event = await storedEvent('thing.changed', 'b')
  answer = async () => ({ found: true, state: 'new', version: 7n })
  await mirror(event)
  answer = async () => ({ found: true, state: 'old', version: 6n })
  assert.deepEqual(await mirror(event), { state: 'ignored', reason: 'newer_view_present' })
  assert.deepEqual(await entity('b'), { state: 'new', deleted_by: null })
})

test('a delete event makes a tombstone at once', async () => {
  assert.deepEqual(await mirror(await storedEvent('thing.deleted', 'c')), { state: 'processed' })
  assert.deepEqual(await entity('c'), { state: null, deleted_by: 'event' })
})

test('a 404 is not believed until it persists', async () => {
  const event = await storedEvent('thing.changed', 'd')
  for (const attempt of [1, 2]) await assert.rejects(mirror(event, attempt), NotFoundYetError)
  assert.equal(await entity('d'), undefined)
  assert.deepEqual(await mirror(event, 3), { state: 'processed' })
  assert.deepEqual(await entity('d'), { state: null, deleted_by: 'absence' })
})

test('an event whose bytes are erased is mirrored all the same; that its entity is gone must then be found out', async () => {
  const event = await storedEvent('thing.deleted', 'h')
  await pool.query('delete from posthorn.bodies where key = $1', [event.key])
  await assert.rejects(mirror(event, 2), NotFoundYetError)
  assert.deepEqual(await mirror(event, 3), { state: 'processed' })
  assert.deepEqual(await entity('h'), { state: null, deleted_by: 'absence' })
  answer = async () => ({ found: true, state: 'back' })
  assert.deepEqual(await mirror(event), { state: 'processed' })
})

test('what the provider has said to be deleted stays that, however often it is not found afterwards', async () => {
  for (let n = 0; n < 22; n += 1) await mirror(await storedEvent('thing.deleted', `deleted_${n}`))
  for (let n = 0; n < 22; n += 1) await mirror(await storedEvent('thing.changed', `deleted_${n}`), 4)
  assert.deepEqual(halts, [])
  assert.deepEqual(await entity('deleted_21'), { state: null, deleted_by: 'event' })
})

test('a credential that may see nothing any more tombstones nothing', async () => {
  const event = await storedEvent('thing.changed', 'e')
  probe = async () => Promise.reject(new ApiError('who are you', { status: 401 }))
  await assert.rejects(mirror(event, 3), ApiError)
  assert.equal(await entity('e'), undefined)
})

test('many absences at once stop tombstoning and raise the alarm', async () => {
  for (let n = 0; n < 20; n += 1) await mirror(await storedEvent('thing.changed', `f${n}`), 4)
  assert.deepEqual(halts, [])
  await assert.rejects(mirror(await storedEvent('thing.changed', 'g'), 4), TombstonesHaltedError)
  assert.deepEqual(halts, ['toy'])
  assert.equal(await entity('g'), undefined)
  await mirror(await storedEvent('thing.deleted', 'h'))
  assert.deepEqual(await entity('h'), { state: null, deleted_by: 'event' }, 'the provider says so: that is no absence')
  await believeDeletions(pool, { source: 'toy', seconds: 60 })
  await mirror(await storedEvent('thing.changed', 'i'), 4)
  assert.deepEqual(await entity('i'), { state: null, deleted_by: 'absence' }, 'a person has looked')
})

test('without an API the body with the greater sequence decides, also that the entity is gone', async () => {
  const sources = new Map([['toy', toySource({ provider: standardWebhooks, mirror: true })]])
  const readers = { read: () => answer(), probe: () => probe() }
  const receive = async (type: string, sequence: number) => {
    const body = Buffer.from(JSON.stringify({ type, sequence, data: { id: 'i', size: sequence } }))
    const incoming = incomingEvent({ source: 'toy', type, body })
    const { key } = await createInbox({ pool }).accept(incoming)
    const event = { ...(await storedEvent(type, 'i')), key, eventId: incoming.eventId }
    return createMirrorEntity({ pool, sources, readers, onHalt: () => undefined })(event, 1)
  }
  assert.deepEqual(await receive('thing.changed', 2), { state: 'processed' })
  assert.deepEqual(await entity('i'), { state: { id: 'i', size: 2 }, deleted_by: null })
  assert.deepEqual(await receive('thing.deleted', 4), { state: 'processed' })
  assert.deepEqual(await receive('thing.changed', 3), { state: 'ignored', reason: 'newer_view_present' })
  assert.deepEqual(await entity('i'), { state: null, deleted_by: 'event' })
})
