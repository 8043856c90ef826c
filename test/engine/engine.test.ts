import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { eventKey } from '../../src/storage/event-key.ts'
import { type Inbox, createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { replayEvent } from '../../src/storage/replay.ts'
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
let inbox: Inbox
let running: TestEngine
let api: Server
const PROBED: Thing = { status: 200, body: {} }

interface Thing {
  status: number
  body?: unknown
  headers?: Record<string, string>
  /** Counted where a test asks for it. */
  reads?: number
}
const things = new Map<string, Thing>()

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  await pool.query('create table toy_effects (event_id text primary key, runs integer not null)')
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  api = createServer((request, response) => {
    const thing = request.url === '/probe' ? PROBED : things.get(request.url?.split('/').at(-1) ?? '')
    if (thing?.reads !== undefined) thing.reads += 1
    response.writeHead(thing?.status ?? 404, thing?.headers).end(JSON.stringify(thing?.body ?? {}))
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const baseUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  running = await startTestEngine({
    database,
    temporal,
    source: toySource({ mirror: true, api: { token: 't', baseUrl }, apiVersion: '2' }),
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

async function accept(eventId: string, type: string, more: { thing?: string; size?: unknown } = {}): Promise<string> {
  const body = Buffer.from(JSON.stringify({ id: eventId, type, ...more }))
  const entity = more.thing === undefined ? {} : { entity: { kind: 'thing', id: more.thing } }
  const { key } = await inbox.accept(
    incomingEvent({ source: 'toy', provider: 'toy', eventId, type, body, mirror: true, ...entity }),
  )
  return key
}

/** Other test files use the same machine: what counts is that it happens, not when. */
const PATIENCE = { timeoutMs: 60_000 }

interface EventRow {
  state: string
  state_reason: string | null
}

async function settled(key: string): Promise<EventRow> {
  return eventually(async () => {
    const { rows } = await pool.query<EventRow>('select state, state_reason from posthorn.events where key = $1', [key])
    assert.ok(rows[0] && !['received', 'dispatched'].includes(rows[0].state), `still ${rows[0]?.state}`)
    return rows[0]
  }, PATIENCE)
}

const effectsOf = async (eventId: string): Promise<number> =>
  (await pool.query<{ runs: number }>('select runs from toy_effects where event_id = $1', [eventId])).rows[0]?.runs ?? 0

test('an event runs through its workflow to its outcome, visible in Temporal under its own ID', async () => {
  const key = await accept('evt_plain', 'plain')
  assert.deepEqual(await settled(key), { state: 'processed', state_reason: null })
  assert.equal(await effectsOf('evt_plain'), 1)
  const handle = temporal.client.workflow.getHandle('event/toy/evt_plain/toyPlain')
  assert.deepEqual(await handle.result(), { state: 'processed' })
  const described = await handle.describe()
  assert.equal(described.status.name, 'COMPLETED')
  const attributes = Object.fromEntries(
    described.typedSearchAttributes.getAll().map(({ key: { name }, value }) => [name, value]),
  )
  assert.deepEqual(attributes, {
    ...attributes,
    PosthornSource: 'toy',
    PosthornEventType: 'plain',
    PosthornEventId: 'evt_plain',
    PosthornOutcome: 'processed',
  })
})

test('an ignored event keeps its reason', async () => {
  assert.deepEqual(await settled(await accept('evt_gone', 'thing.reading', { thing: 'nowhere' })), {
    state: 'processed',
    state_reason: null,
  })
  const { rows } = await pool.query(
    `select handler, state, reason from posthorn.runs where key = $1 order by handler`,
    [eventKey('toy', 'evt_gone')],
  )
  assert.deepEqual(rows, [
    { handler: 'mirror', state: 'processed', reason: null },
    { handler: 'toyReading', state: 'ignored', reason: 'thing is gone' },
  ])
})

test('a permanent failure ends as a dead letter under its own code, after one attempt', async () => {
  const key = await accept('evt_refused', 'refused')
  assert.deepEqual(await settled(key), { state: 'dead', state_reason: 'card_declined' })
  const { rows } = await pool.query(
    'select handler, attempt, code, message from posthorn.dead_letters where key = $1',
    [key],
  )
  assert.deepEqual(rows, [
    { handler: 'toyRefused', attempt: 1, code: 'card_declined', message: 'the card was declined' },
  ])
})

test('a workflow that fails on purpose ends as a dead letter, too', async () => {
  assert.deepEqual(await settled(await accept('evt_failing', 'failing')), { state: 'dead', state_reason: 'not_for_us' })
})

test('continue-as-new passes through: only the last run of the chain records the outcome', async () => {
  const key = await accept('evt_continued', 'continued')
  assert.equal((await settled(key)).state, 'processed')
  const { rows } = await pool.query('select attempt, state from posthorn.runs where key = $1', [key])
  assert.deepEqual(rows, [{ attempt: 1, state: 'processed' }])
})

test('a workflow task that fails and heals records one outcome', async () => {
  const key = await accept('evt_healed', 'healed')
  assert.equal((await settled(key)).state, 'processed')
  const { rows } = await pool.query('select attempt, state from posthorn.runs where key = $1', [key])
  assert.deepEqual(rows, [{ attempt: 1, state: 'processed' }])
})

test('a route may name one activity instead of a workflow', async () => {
  assert.equal((await settled(await accept('evt_touch', 'touch.lightly'))).state, 'processed')
  assert.equal(await effectsOf('evt_touch'), 1)
})

test('an event that no route wants is unrouted and never reaches Temporal', async () => {
  assert.equal((await settled(await accept('evt_nobody', 'unknown.type'))).state, 'unrouted')
})

test('an event that does not fit its schema is parked with the path and what was expected', async () => {
  const key = await accept('evt_strict', 'thing.strict', { size: 'large' })
  assert.deepEqual(await settled(key), { state: 'parked', state_reason: 'schema_mismatch' })
  const { rows } = await pool.query<{ detail: string }>('select detail from posthorn.parked where key = $1', [key])
  assert.match(rows[0]?.detail ?? '', /^size: .*number/)
})

test('an event of another API version than its source is pinned to is parked', async () => {
  const { key } = await inbox.accept(
    incomingEvent({ source: 'toy', provider: 'toy', eventId: 'evt_old', type: 'touch.lightly', apiVersion: '1' }),
  )
  assert.deepEqual(await settled(key), { state: 'parked', state_reason: 'api_version_mismatch' })
  await pool.query('delete from posthorn.bodies where key = $1', [key])
  await pool.query('delete from posthorn.kept_bodies where key = $1', [key])
  await replayEvent(pool, { source: 'toy', eventId: 'evt_old' })
  assert.deepEqual(
    await settled(key),
    { state: 'parked', state_reason: 'api_version_mismatch' },
    'also without its bytes',
  )
  assert.equal(await effectsOf('evt_old'), 0)
})

test('history of another API version, or of bytes that fit no schema, is mirrored all the same', async () => {
  for (const [thing, type, apiVersion] of [
    ['history_1', 'touch.lightly', '1'],
    ['history_2', 'thing.strict', '2'],
  ] as const) {
    things.set(thing, { status: 200, body: { name: thing } })
    const { key } = await inbox.accept(
      incomingEvent({
        ...{ source: 'toy', provider: 'toy', eventId: `evt_${thing}`, type, apiVersion, mirror: true },
        entity: { kind: 'thing', id: thing },
        hold: { state: 'ignored', reason: 'baseline' },
      }),
    )
    await eventually(async () => {
      const { rows } = await pool.query('select state from posthorn.entities where entity_id = $1', [thing])
      assert.deepEqual(rows, [{ state: { name: thing } }])
    }, PATIENCE)
    assert.equal((await settled(key)).state, 'ignored')
  }
})

test('a replay for a handler that is deployed no more ends as a dead letter that says so', async () => {
  const key = await accept('evt_orphan', 'plain')
  await settled(key)
  await pool.query(`update posthorn.runs set handler = 'toyGone' where key = $1`, [key])
  await replayEvent(pool, { source: 'toy', eventId: 'evt_orphan' })
  assert.deepEqual(await settled(key), { state: 'dead', state_reason: 'handler_gone' })
  const { rows } = await pool.query('select handler, attempt, message from posthorn.dead_letters where key = $1', [key])
  assert.deepEqual(rows, [{ handler: 'toyGone', attempt: 2, message: 'No route leads to toyGone any more.' }])
})

test('ten replays of one event have one effect, and each is a run of its own', async () => {
  const key = await accept('evt_again', 'plain')
  await settled(key)
  for (let replay = 1; replay <= 10; replay += 1) {
    const result = await replayEvent(pool, { source: 'toy', eventId: 'evt_again' })
    assert.deepEqual(result, { replayed: true, handler: 'toyPlain', attempt: replay + 1 })
    assert.equal((await settled(key)).state, 'processed')
  }
  const { rows } = await pool.query('select count(*)::integer as effects from toy_effects where event_id = $1', [
    'evt_again',
  ])
  assert.deepEqual(rows, [{ effects: 1 }])
  const last = temporal.client.workflow.getHandle('event/toy/evt_again/toyPlain#11')
  assert.deepEqual(await last.result(), { state: 'processed' })
})

test('a rate limit is waited out, however many attempts it takes, and then the mirror holds what the API says', async () => {
  const limited: Thing = { status: 429, headers: { 'retry-after': '1' }, reads: 0 }
  things.set('t1', limited)
  const key = await accept('evt_limited', 'thing.changed', { thing: 't1' })
  await eventually(() => (limited.reads ?? 0) > 6, PATIENCE)
  things.set('t1', { status: 200, body: { size: 7 } })
  assert.equal((await settled(key)).state, 'processed')
  const { rows } = await pool.query(`select state, deleted_by from posthorn.entities where entity_id = 't1'`)
  assert.deepEqual(rows, [{ state: { size: 7 }, deleted_by: null }])
})

test('a delete event makes a tombstone at once', async () => {
  things.set('t2', { status: 200, body: { size: 1 } })
  await settled(await accept('evt_t2', 'thing.changed', { thing: 't2' }))
  things.delete('t2')
  await settled(await accept('evt_t2_deleted', 'thing.deleted', { thing: 't2' }))
  const { rows } = await pool.query(`select state, deleted_by from posthorn.entities where entity_id = 't2'`)
  assert.deepEqual(rows, [{ state: null, deleted_by: 'event' }])
})

test('a run that is terminated in Temporal is found by the sweep and ends as a dead letter', async () => {
  const key = await accept('evt_waiting', 'waiting')
  const isOpen = async (): Promise<boolean> =>
    (await pool.query('select from posthorn.open_runs where key = $1', [key])).rowCount === 1
  await eventually(isOpen, PATIENCE)
  await temporal.client.workflow.getHandle('event/toy/evt_waiting/toyWaiting').terminate('by hand')
  await pool.query('update posthorn.open_runs set check_at = now() where key = $1', [key])
  assert.deepEqual(await settled(key), { state: 'dead', state_reason: 'run_terminated' })
})

test('a cancelled run ends as a dead letter', async () => {
  const key = await accept('evt_cancelled', 'waiting')
  await eventually(() => temporal.client.workflow.getHandle('event/toy/evt_cancelled/toyWaiting').cancel(), PATIENCE)
  assert.deepEqual(await settled(key), { state: 'dead', state_reason: 'run_cancelled' })
})

test('two hundred events at once are each processed exactly once, with two dispatchers on one queue', async () => {
  const second = await startTestEngine({ database, temporal, source: toySource({ mirror: true }) })
  try {
    const keys = await Promise.all(Array.from({ length: 200 }, (_, n) => accept(`evt_many_${n}`, 'plain')))
    for (const key of keys) assert.equal((await settled(key)).state, 'processed')
    const { rows } = await pool.query(
      `select count(*)::integer as n, max(runs) as most from toy_effects where event_id like 'evt_many_%'`,
    )
    assert.deepEqual(rows, [{ n: 200, most: 1 }])
  } finally {
    await second.stop()
  }
})
