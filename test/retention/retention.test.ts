import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { scheduleSpecs } from '../../src/main/engine/schedules.ts'
import { listDayPartitions } from '../../src/storage/day-partitions.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { findBody } from '../../src/storage/stored-event.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { ensureSchedule } from '../../src/temporal/schedules.ts'
import { ageEverything } from '../storage/age.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let running: TestEngine | undefined
const metrics = createMetrics()

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
})
after(async () => {
  await running?.stop()
  await temporal.close()
  await database.drop()
})

async function acceptAndClose(eventId: string, outcome: 'processed' | 'dead'): Promise<string> {
  const body = Buffer.from(JSON.stringify({ id: eventId, type: 'edge' }))
  const event = incomingEvent({ source: 'toy', provider: 'toy', eventId, type: 'edge', body })
  const { key } = await createInbox({ pool }).accept(event)
  await pool.query('delete from posthorn.queue where key = $1', [key])
  await pool.query(`update posthorn.events set state = 'dispatched' where key = $1`, [key])
  const closing = outcome === 'dead' ? { state: outcome, code: 'broken', message: 'broken' } : { state: outcome }
  await closeRuns(pool, [{ key, handler: 'toyEdge', attempt: 1, outcome: closing }])
  return key
}

const PATIENCE = { timeoutMs: 60_000 }

const stateOf = async (key: string) =>
  (await pool.query<{ state: string }>('select state from posthorn.events where key = $1', [key])).rows[0]?.state

test('the schedule drops what is old; a dead event keeps its bytes, and is replayed with them', async () => {
  const processed = await acceptAndClose('evt_processed', 'processed')
  const dead = await acceptAndClose('evt_dead', 'dead')
  await ageEverything(pool, 100)
  running = await startTestEngine({ database, temporal, source: toySource(), metrics })
  const spec = scheduleSpecs([]).find(({ workflowType }) => workflowType === 'posthornRetention')
  assert.ok(spec)
  await ensureSchedule(temporal.client, spec)
  await temporal.client.schedule.getHandle(spec.id).trigger()

  await eventually(async () => assert.equal(await stateOf(processed), undefined), PATIENCE)
  const partitions = await listDayPartitions(pool)
  assert.deepEqual([...new Set(partitions.map(({ ageDays }) => ageDays >= 0))].length, 2)
  // Yesterday’s, where midnight has just passed.
  assert.ok(Math.max(...partitions.map(({ ageDays }) => ageDays)) <= 1)
  assert.equal(await stateOf(dead), 'dead')
  assert.ok(await findBody(pool, dead))
  await eventually(async () => {
    const figures = await metrics.retentionRemoved.get()
    const removed = new Map(figures.values.map(({ labels, value }) => [labels.what, value]))
    assert.deepEqual([removed.get('partitions'), removed.get('events')], [2, 1])
  }, PATIENCE)

  const replay = await replayEvent(pool, { source: 'toy', eventId: 'evt_dead', by: { actor: 'test' } })
  assert.ok(replay.replayed)
  await eventually(async () => assert.equal(await stateOf(dead), 'processed'), PATIENCE)
  assert.equal(await findBody(pool, dead), undefined)
})
