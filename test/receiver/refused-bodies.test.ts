/** What is left of genuine requests that their source refuses, and how it is erased. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { erasePayloads } from '../../src/storage/erasures.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { post } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { testSource, webhook } from './webhooks.ts'

const STRICT = testSource({ id: 'strict', onMissingId: 'refuse', onMalformed: 'refuse' })
const BRIEF = testSource({ ...STRICT, id: 'brief', path: '/webhooks/brief', storeBodies: 'until_done' })
const ORDER = { source: 'strict', eventIds: ['evt_1'], actor: 'grace', reason: 'asked for', dryRun: false }
const MISFIT = { id: 'evt_1', type: 'call.ended', data: { call_id: 'call_1', duration_seconds: 'long' } }

let database: TestDatabase
let pool: Pool
let receiver: TestReceiver

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  receiver = await startReceiver({ pool, sources: [STRICT, BRIEF] })
})
after(async () => {
  await receiver.close()
  await database.drop()
})
beforeEach(() => pool.query('truncate posthorn.receipts, posthorn.events, posthorn.bodies, posthorn.queue'))

const send = async (body: object | string, source = STRICT): Promise<number> =>
  (await post(receiver.port, webhook({ source, body }))).status

/** The codes of refused requests, by whether their bytes are there. */
async function refusals(): Promise<{ code: string; kept: boolean }[]> {
  await receiver.receipts.flush()
  const { rows } = await pool.query<{ code: string; kept: boolean }>(
    'select code, body is not null as kept from posthorn.receipts order by id',
  )
  return rows
}

test('the bytes of an event that was refused for its schema are erased by its ID, though it was never stored', async () => {
  assert.equal(await send(MISFIT), 422)
  assert.equal(await send({ ...MISFIT, id: 'evt_2' }), 422)
  const kept = { code: 'schema_mismatch', kept: true }
  assert.deepEqual(await refusals(), [kept, kept])
  const { id, counts } = await erasePayloads(pool, pool, ORDER)
  assert.ok(id)
  assert.deepEqual(counts, { receipt: 1 })
  assert.deepEqual(await refusals(), [{ ...kept, kept: false }, kept])
})

test('once the event itself is stored they go with those of its entity, and do not come back', async () => {
  const data = { call_id: 'call_1', duration_seconds: 'long' }
  assert.equal(await send({ ...MISFIT, data }), 422)
  assert.equal(await send({ ...MISFIT, data: { ...data, duration_seconds: 1 } }), 200)
  assert.deepEqual(await refusals(), [{ code: 'schema_mismatch', kept: true }])
  const { counts } = await erasePayloads(pool, pool, { ...ORDER, eventIds: [], entity: { kind: 'call', id: 'call_1' } })
  assert.deepEqual(counts, { body: 1, receipt: 1 })
  assert.equal(await send({ ...MISFIT, data }), 422)
  const gone = { code: 'schema_mismatch', kept: false }
  assert.deepEqual(await refusals(), [gone, gone])
})

test('a source that stores bytes only until they are done keeps none of what it refuses', async () => {
  assert.equal(await send(MISFIT, BRIEF), 422)
  assert.equal(await send({ type: 'call.ended' }, BRIEF), 400)
  assert.equal(await send('not json', BRIEF), 400)
  assert.deepEqual(await refusals(), [
    { code: 'schema_mismatch', kept: false },
    { code: 'missing_event_id', kept: false },
    { code: 'malformed_body', kept: false },
  ])
})
