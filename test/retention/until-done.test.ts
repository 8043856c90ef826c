import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { registerSources } from '../../src/storage/sources.ts'
import { findBody } from '../../src/storage/stored-event.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let running: TestEngine

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  await pool.query('create table toy_effects (event_id text primary key, runs integer not null)')
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  const source = toySource({ storeBodies: 'until_done' })
  await registerSources(pool, [{ ...source, provider: source.provider.name }])
  running = await startTestEngine({ database, temporal, source })
})
after(async () => {
  await running.stop()
  await temporal.close()
  await database.drop()
})

async function accept(eventId: string, type: string): Promise<string> {
  const inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  const body = Buffer.from(JSON.stringify({ id: eventId, type }))
  return (await inbox.accept(incomingEvent({ source: 'toy', provider: 'toy', eventId, type, body }))).key
}

async function untilState(key: string, expected: string): Promise<string | null> {
  return eventually(
    async () => {
      const { rows } = await pool.query<{ state: string; state_reason: string | null }>(
        'select state, state_reason from posthorn.events where key = $1',
        [key],
      )
      assert.equal(rows[0]?.state, expected)
      return rows[0].state_reason
    },
    { timeoutMs: 60_000 },
  )
}

const by = { actor: 'test' }

test('the bytes go with the outcome; a handler that needs them is told so on a replay, and another runs', async () => {
  const edge = await accept('edge_1', 'edge')
  const level = await accept('level_1', 'plain')
  for (const key of [edge, level]) {
    await untilState(key, 'processed')
    assert.equal(await findBody(pool, key), undefined)
  }
  const { rows } = await pool.query('select 1 from posthorn.bodies union all select 1 from posthorn.kept_bodies')
  assert.deepEqual(rows, [])
  for (const eventId of ['edge_1', 'level_1']) {
    assert.ok((await replayEvent(pool, { source: 'toy', eventId, by })).replayed)
  }
  assert.equal(await untilState(edge, 'dead'), 'payload_gone')
  await untilState(level, 'processed')
})

test('of other bytes under a known ID only the hash stays', async () => {
  const key = await accept('evt_twice', 'plain')
  await accept('evt_twice', 'edge')
  const { rows } = await pool.query<object>(
    `select body, headers, octet_length(body_hash) as hash from posthorn.anomalies where key = $1`,
    [key],
  )
  assert.deepEqual(rows, [{ body: Buffer.alloc(0), headers: {}, hash: 32 }])
})

test('what fails keeps its bytes', async () => {
  const key = await accept('refused_1', 'refused')
  assert.equal(await untilState(key, 'dead'), 'card_declined')
  assert.ok(await findBody(pool, key))
})
