import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type Inbox, createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type BulkReplay, readReplay } from '../../src/storage/replays/bulk-replay.ts'
import { cancelReplay } from '../../src/storage/replays/cancel-replay.ts'
import type { ReplayFilter } from '../../src/storage/replays/replay-filter.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { replayWorkflowId, startReplay } from '../../src/temporal/start-replay.ts'
import { SYSTEM_TASK_QUEUE } from '../../src/temporal/task-queues.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let inbox: Inbox
let running: TestEngine
let api: Server
const PATIENCE = { timeoutMs: 90_000, intervalMs: 100 }

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  await pool.query('create table toy_effects (event_id text primary key, runs integer not null)')
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  api = createServer((_request, response) => response.end(JSON.stringify({ size: 7 }))).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const baseUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  running = await startTestEngine({
    database,
    temporal,
    source: toySource({ mirror: true, api: { token: 't', baseUrl } }),
  })
  inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
})
after(async () => {
  await running.stop()
  api.closeAllConnections()
  api.close()
  await temporal.close()
  await database.drop()
})

async function accept(eventId: string, type: string, thing?: string): Promise<void> {
  const body = Buffer.from(JSON.stringify({ id: eventId, type, thing }))
  const entity = thing === undefined ? {} : { entity: { kind: 'thing', id: thing } }
  await inbox.accept(incomingEvent({ source: 'toy', provider: 'toy', eventId, type, body, mirror: true, ...entity }))
}

/** Events of one type, all of them run once, a while ago: a replay would go slowly beside live ones. */
async function runOnce(type: string, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => accept(`evt_${type}_${n}`, type)))
  await eventually(async () => {
    const { rows } = await pool.query<{ n: number }>(
      `select count(*)::integer as n from posthorn.events where type = $1 and state in ('processed', 'dead')`,
      [type],
    )
    assert.equal(rows[0]?.n, count)
  }, PATIENCE)
  await pool.query(`update posthorn.events set received_at = received_at - interval '1 hour'`)
}

async function replayAll(filter: ReplayFilter, ramp = {}): Promise<string> {
  return recordReplay(pool, {
    actor: 'ada',
    reason: 'the fix is out',
    filter,
    ramp: { canary: 5, rate: 200, stopAbove: 0.05, ...ramp },
  })
}

const reach = (id: string, reached: (replay: BulkReplay) => boolean): Promise<BulkReplay> =>
  eventually(async () => {
    const replay = await readReplay(pool, id)
    assert.ok(replay && reached(replay), JSON.stringify(replay))
    return replay
  }, PATIENCE)
const ended = (id: string): Promise<BulkReplay> => reach(id, ({ endedAt }) => endedAt !== null)

const attemptsOf = async (type: string): Promise<Record<string, number>> => {
  const { rows } = await pool.query<{ handler: string; attempt: number; n: number }>(
    `select handler, attempt, count(*)::integer as n from posthorn.runs join posthorn.events using (key)
     where type = $1 group by 1, 2 order by 1, 2`,
    [type],
  )
  return Object.fromEntries(rows.map(({ handler, attempt, n }) => [`${handler}#${attempt}`, n]))
}

test('a canary whose runs die again stops the replay, and the rest is untouched', async () => {
  await runOnce('refused', 20)
  const id = await replayAll({ state: 'dead', type: 'refused' })
  const { state, figures } = await ended(id)
  assert.equal(state, 'stopped')
  assert.ok(figures.failed >= 1 && figures.failed <= 5, `${figures.failed} failed`)
  assert.equal(figures.waiting, 20 - figures.failed)
  assert.deepEqual(await attemptsOf('refused'), { 'toyRefused#1': 20, 'toyRefused#2': figures.failed })
  const handle = temporal.client.workflow.getHandle(replayWorkflowId(id))
  assert.deepEqual(await handle.result(), { state: 'stopped', figures })
})

test('the rate is kept, and nothing more than the canary runs before it has ended', async () => {
  await runOnce('plain', 60)
  const id = await replayAll({ state: 'processed', type: 'plain' }, { rate: 20 })
  const { state, figures } = await ended(id)
  assert.deepEqual([state, figures.processed], ['done', 60])
  assert.deepEqual(await attemptsOf('plain'), { 'toyPlain#1': 60, 'toyPlain#2': 60 })
  const { rows } = await pool.query<{ position: number; at: number; closed: number }>(
    `select i.position, extract(epoch from i.queued_at)::float8 as at, extract(epoch from r.closed_at)::float8 as closed
     from posthorn.replay_items i
     join posthorn.runs r on (r.key, r.handler, r.attempt) = (i.key, i.handler, i.seen_attempt + 1)
     where replay_id = $1 order by position`,
    [id],
  )
  for (const { at } of rows) {
    const within = rows.filter((row) => row.at >= at && row.at < at + 1).length
    // What the second before had left over, and what this one permits.
    assert.ok(within <= 40, `${within} within a second`)
  }
  const canary = Math.max(...rows.slice(0, 5).map((row) => row.closed))
  assert.ok(rows.slice(5).every((row) => row.at >= canary))
  assert.ok((rows.at(-1)?.at ?? 0) - (rows[0]?.at ?? 0) > 55 / 20 - 1, 'as slow as the rate')
})

test('a replay that a person cancels ends with what is in flight', async () => {
  await runOnce('touch.slowly', 30)
  const id = await replayAll({ state: 'processed', type: 'touch.*' }, { rate: 10 })
  await reach(id, ({ figures }) => figures.processed >= 5)
  assert.equal(await cancelReplay(pool, id, { actor: 'bob', reason: 'enough' }), 'cancelled')
  const { state, figures } = await ended(id)
  assert.equal(state, 'cancelled')
  assert.ok(figures.processed >= 5 && figures.waiting > 0)
  assert.deepEqual(await attemptsOf('touch.slowly'), { 'touch#1': 30, 'touch#2': figures.processed })
  const { rows } = await pool.query(
    `select actor, action, reason from posthorn.audit_log where target->>'replay' = $1 order by id`,
    [id],
  )
  assert.deepEqual(rows, [
    { actor: 'ada', action: 'replays.start', reason: 'the fix is out' },
    { actor: 'bob', action: 'replays.cancel', reason: 'enough' },
    { actor: 'ada', action: 'replays.end', reason: null },
  ])
})

test('cancelled in Temporal it ends the same way, and says so there, too', async () => {
  await runOnce('touch.again', 40)
  const id = await replayAll({ state: 'processed', type: 'touch.again' }, { rate: 5 })
  await reach(id, ({ figures }) => figures.processed >= 1)
  const handle = temporal.client.workflow.getHandle(replayWorkflowId(id))
  await handle.cancel()
  const { state, figures } = await ended(id)
  assert.equal(state, 'cancelled')
  assert.ok(figures.waiting > 0)
  await eventually(async () => assert.equal((await handle.describe()).status.name, 'CANCELLED'), PATIENCE)
})

test('a workflow that was terminated is made good by another one, and nothing runs twice', async () => {
  await runOnce('touch.resumed', 30)
  const id = await replayAll({ state: 'processed', type: 'touch.resumed' }, { rate: 20 })
  await reach(id, ({ figures }) => figures.processed >= 3)
  await temporal.client.workflow.getHandle(replayWorkflowId(id)).terminate('by hand')
  assert.equal((await ended(id)).figures.processed, 30)
  assert.deepEqual(await attemptsOf('touch.resumed'), { 'touch#1': 30, 'touch#2': 30 })
})

test('ten replays of everything leave the state of once: effects, mirror and outcome', async () => {
  const events = Array.from({ length: 3 }, (_, n) => `evt_reading_${n}`)
  for (const [n, eventId] of events.entries()) await accept(eventId, 'thing.reading', `thing_${n}`)
  const stateOf = async (): Promise<unknown> => ({
    effects: (await pool.query(`select event_id from toy_effects where event_id like 'evt_reading%' order by 1`)).rows,
    mirror: (
      await pool.query(
        `select entity_id, state, deleted_by from posthorn.entities where entity_id like 'thing_%' order by 1`,
      )
    ).rows,
    events: (await pool.query(`select event_id, state from posthorn.events where type = 'thing.reading' order by 1`))
      .rows,
  })
  const once = {
    effects: events.map((event_id) => ({ event_id })),
    mirror: events.map((_, n) => ({ entity_id: `thing_${n}`, state: { size: 7 }, deleted_by: null })),
    events: events.map((event_id) => ({ event_id, state: 'processed' })),
  }
  await eventually(async () => assert.deepEqual(await stateOf(), once), PATIENCE)
  for (let replays = 0; replays < 10; replays += 1) {
    const { figures } = await ended(await replayAll({ state: 'processed', type: 'thing.reading' }))
    assert.deepEqual([figures.selected, figures.processed], [6, 6])
  }
  assert.deepEqual(await stateOf(), once)
  const attempts = await attemptsOf('thing.reading')
  assert.deepEqual([attempts['mirror#11'], attempts['toyReading#11'], attempts['mirror#12']], [3, 3, undefined])
})

test('a replay that nobody recorded fails at once', async () => {
  const id = '00000000-0000-4000-8000-000000000000'
  await startReplay(temporal.client, { id, summary: 'nothing', taskQueue: SYSTEM_TASK_QUEUE })
  await assert.rejects(temporal.client.workflow.getHandle(replayWorkflowId(id)).result())
})
