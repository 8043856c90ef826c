import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { tsToMs } from '@temporalio/common/lib/time.js'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { type StandInApi, startStandInApi } from '../provider-access/stand-in-api.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let api: StandInApi
let running: TestEngine | undefined

beforeEach(async () => {
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  api = await startStandInApi()
})
afterEach(async () => {
  api.release({ status: 200 })
  await running?.stop()
  api.close()
  await temporal.close()
  await database.drop()
})

/** `shop` and `bank` are two sources of one provider, on one worker. */
async function start(overrides: Partial<Parameters<typeof startTestEngine>[0]> = {}): Promise<void> {
  const sources = ['shop', 'bank'].map((id) =>
    toySource({ id, mirror: true, api: { token: 't', baseUrl: `${api.url}/${id}` } }),
  )
  const [source = toySource()] = sources
  running = await startTestEngine({
    ...{ database, temporal, source, sources: new Map(sources.map((one) => [one.id, one])) },
    ...overrides,
  })
}

/** An event of a thing that only the mirror wants: it reads the thing from the API. */
async function accept(source: string, thing: string): Promise<string> {
  const inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  const eventId = `evt_${thing}`
  const body = Buffer.from(JSON.stringify({ id: eventId, type: 'thing.changed', thing }))
  const entity = { kind: 'thing', id: thing }
  const event = { source, provider: 'toy', eventId, type: 'thing.changed', body, mirror: true, entity }
  return (await inbox.accept(incomingEvent(event))).key
}

/** Other test files use the same machine: what counts is that it happens, not when. */
const PATIENCE = { timeoutMs: 90_000 }

const stateOf = async (key: string): Promise<string | undefined> =>
  (await pool.query<{ state: string }>('select state from posthorn.events where key = $1', [key])).rows[0]?.state

const reaches = (key: string, state: string) =>
  eventually(async () => assert.equal(await stateOf(key), state), PATIENCE)

const breakerState = async (): Promise<string | undefined> =>
  (await pool.query<{ state: string }>(`select state from posthorn.breakers where source = 'shop'`)).rows[0]?.state

const LIMITED = { status: 429, headers: { 'retry-after': '1' } }

test('an outage opens the breaker, uses up no tries, and leaves the tries that count to what comes after it', async () => {
  let missing = false
  let reads = 0
  api.answer = (path) => {
    if (path.endsWith('/probe')) return { status: 200 }
    if (missing) reads += 1
    return missing ? { status: 404 } : LIMITED
  }
  await start()
  const key = await accept('shop', 't1')
  await eventually(() => api.asked.length > 6, PATIENCE)
  await eventually(async () => assert.equal(await breakerState(), 'open'), PATIENCE)
  missing = true
  await reaches(key, 'processed')
  // Believed absent after the third read that counts; after seven outages Temporal counts many more.
  assert.equal(reads, 3)
  assert.equal(await breakerState(), 'closed')
})

test('while a source’s breaker is open its events wait as rows, and those of others go on', async () => {
  await pool.query(
    `insert into posthorn.breakers (source, state, opened_at, probe_at) values ('shop', 'open', now(), now() + interval '1 hour')`,
  )
  await start()
  const waiting = await Promise.all(['w1', 'w2', 'w3'].map((thing) => accept('shop', thing)))
  await reaches(await accept('bank', 'b1'), 'processed')
  const { rows } = await pool.query('select claims from posthorn.queue')
  assert.deepEqual(rows, [{ claims: 0 }, { claims: 0 }, { claims: 0 }])
  assert.deepEqual(
    api.asked.filter((path) => path.startsWith('/shop')),
    [],
  )
  // What the worker knows of the breaker is a second old at most; from then on it sees that the probe is due.
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  // Nothing of the source runs that could probe: the dispatcher lets one through, and its success lets the others follow.
  await pool.query(`update posthorn.breakers set probe_at = now() - interval '10 seconds'`)
  for (const key of waiting) await reaches(key, 'processed')
  assert.equal(await breakerState(), 'closed')
})

test('an outage that outlasts the limit ends the run under a code of its own', async () => {
  api.answer = () => ({ status: 503 })
  await start({ outageLimitMs: 3_000 })
  const key = await accept('shop', 't1')
  await reaches(key, 'dead')
  const { rows } = await pool.query<{ code: string }>('select code from posthorn.dead_letters where key = $1', [key])
  assert.deepEqual(rows, [{ code: 'outage_outlasted' }])
})

/** How long the timers of a run were set for. Milliseconds. */
async function timersOf(workflowId: string): Promise<number[]> {
  const { events } = await temporal.client.workflow.getHandle(workflowId).fetchHistory()
  return (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
    timer?.startToFireTimeout ? [tsToMs(timer.startToFireTimeout)] : [],
  )
}

test('Retry-After counts for the second read, too', async () => {
  api.answer = () => (api.asked.length > 1 ? { status: 200 } : { status: 429, headers: { 'retry-after': '3' } })
  await start()
  await reaches(await accept('shop', 't1'), 'processed')
  assert.deepEqual(await timersOf('event/shop/evt_t1/mirror'), [3_000])
})

test('a local activity that waits for long does so outside the worker, and within the limit for outages', async () => {
  await start({ outageLimitMs: 10_000 })
  const body = Buffer.from(JSON.stringify({ id: 'evt_1', type: 'asking' }))
  const event = incomingEvent({ source: 'shop', provider: 'toy', eventId: 'evt_1', type: 'asking', body })
  const { key } = await createInbox({ pool, onCommitted: createWakeUp(pool) }).accept(event)
  await reaches(key, 'dead')
  const { rows } = await pool.query<{ code: string }>('select code from posthorn.dead_letters where key = $1', [key])
  assert.deepEqual(rows, [{ code: 'outage_outlasted' }])
  assert.deepEqual(await timersOf('event/shop/evt_1/toyAsking'), [6_000])
})

test('a slow source leaves half of the slots to others, and its own work is done later', async () => {
  api.answer = (path) => (path.startsWith('/shop') ? undefined : { status: 200 })
  const slots = { workflowTasks: 20, activities: 4, localActivities: 4, cachedWorkflows: 50, shutdownGraceMs: 1_000 }
  await start({ slots })
  const slow = await Promise.all(Array.from({ length: 12 }, (_, n) => accept('shop', `slow${n}`)))
  await eventually(() => api.asked.length > 1, PATIENCE)
  const quick = await Promise.all(Array.from({ length: 6 }, (_, n) => accept('bank', `quick${n}`)))
  for (const key of quick) await reaches(key, 'processed')
  const states = await Promise.all(slow.map(stateOf))
  assert.ok(states.includes('dispatched'), `the slow ones still run: ${states.join()}`)
  api.answer = () => ({ status: 200 })
  api.release({ status: 200 })
  for (const key of slow) await reaches(key, 'processed')
})
