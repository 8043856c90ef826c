import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { activity, permanent } from 'posthorn/activity'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { pauseRoute, readRoutePauses, resumeFailedRoutes, resumeRoute } from '../../src/storage/route-pauses.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { readActivities } from '../../src/temporal/user-activities.ts'
import { type StandInApi, startStandInApi } from '../provider-access/stand-in-api.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'
import { readThing } from './installation/activities.ts'

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let api: StandInApi
let running: TestEngine[] = []

beforeEach(async () => {
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
})
before(async () => {
  api = await startStandInApi()
})
after(() => api.close())
afterEach(async () => {
  await Promise.all(running.map((engine) => engine.stop()))
  running = []
  await temporal.close()
  await database.drop()
})

const others = { readThing, touch: activity('local', () => async () => undefined) }
const builds = {
  bad: readActivities({
    ...others,
    refuse: activity('write', () => () => Promise.reject(permanent('typo', 'undefined is not a function'))),
  }),
  good: readActivities({ ...others, refuse: activity('write', () => async () => undefined) }),
}

async function start(build: keyof typeof builds, pauseRouteAbovePercent = 50): Promise<TestEngine> {
  const source = toySource({ mirror: true, api: { token: 't', baseUrl: api.url } })
  const engine = await startTestEngine({
    ...{ database, temporal, source, build, activities: builds[build], pauseRouteAbovePercent },
  })
  running.push(engine)
  return engine
}

async function accept(eventId: string, type: string, thing?: string): Promise<string> {
  const inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  const body = Buffer.from(JSON.stringify({ id: eventId, type, thing }))
  const entity = thing === undefined ? {} : { entity: { kind: 'thing', id: thing } }
  return (
    await inbox.accept(incomingEvent({ source: 'toy', provider: 'toy', eventId, type, body, mirror: true, ...entity }))
  ).key
}

const PATIENCE = { timeoutMs: 90_000 }

async function reaches(key: string, state: string): Promise<void> {
  await eventually(async () => {
    const { rows } = await pool.query<{ state: string }>('select state from posthorn.events where key = $1', [key])
    assert.equal(rows[0]?.state, state)
  }, PATIENCE)
}

const count = async (table: string): Promise<number> =>
  (await pool.query<{ count: number }>(`select count(*)::integer as count from posthorn.${table}`)).rows[0]?.count ?? 0

const pausedHandlers = async (): Promise<string[]> => (await readRoutePauses(pool)).map(({ handler }) => handler)

test('a deployment that kills a route pauses that route and no other; the next one resumes it and nothing is lost', async () => {
  const bad = await start('bad')
  for (let n = 0; n < 20; n += 1) await accept(`evt_dead_${n}`, 'refused')
  await eventually(async () => assert.deepEqual(await pausedHandlers(), ['toyRefused']), PATIENCE)
  const dead = await count('dead_letters')

  const waiting = await Promise.all(Array.from({ length: 30 }, (_, n) => accept(`evt_held_${n}`, 'refused')))
  await eventually(async () => assert.equal(await count('held_runs'), 30), PATIENCE)
  await reaches(await accept('evt_other', 'touch.lightly'), 'processed')
  assert.equal(await count('queue'), 0, 'nothing of it is claimed again and again')
  assert.equal(await count('dead_letters'), dead)

  await bad.stop()
  running = []
  assert.deepEqual(await resumeFailedRoutes(pool, 'bad'), [], 'the same code resumes nothing')
  assert.deepEqual(await resumeFailedRoutes(pool, 'good'), ['toyRefused'])
  await start('good')
  for (const key of waiting) await reaches(key, 'processed')
  assert.deepEqual([await count('held_runs'), await count('queue'), await count('open_runs')], [0, 0, 0])
})

test('a route that a person paused stays paused whatever is deployed, while the mirror goes on; resumed, each event runs once', async () => {
  await start('good')
  await pauseRoute(pool, { handler: 'toyReading', reason: 'their data is wrong', actor: 'ann' })
  assert.deepEqual(await resumeFailedRoutes(pool, 'another'), [])
  await eventually(async () => {
    const probe = await accept(`evt_probe_${Date.now()}`, 'thing.reading', 't0')
    await eventually(async () => {
      const { rows } = await pool.query('select key from posthorn.held_runs where key = $1', [probe])
      assert.equal(rows.length, 1)
    })
  }, PATIENCE)
  const key = await accept('evt_both', 'thing.reading', 't1')
  await eventually(async () => {
    const { rows } = await pool.query('select handler, state from posthorn.runs where key = $1', [key])
    assert.deepEqual(rows, [{ handler: 'mirror', state: 'processed' }])
  }, PATIENCE)
  await reaches(key, 'dispatched')
  api.answer = () => ({ status: 404 })
  assert.equal(await resumeRoute(pool, 'toyReading'), true)
  await reaches(key, 'processed')
  const { rows } = await pool.query(
    'select handler, attempt, state from posthorn.runs where key = $1 order by handler',
    [key],
  )
  assert.deepEqual(rows, [
    { handler: 'mirror', attempt: 1, state: 'processed' },
    { handler: 'toyReading', attempt: 1, state: 'ignored' },
  ])
  assert.deepEqual([await count('held_runs'), await count('queue')], [0, 0])
})
