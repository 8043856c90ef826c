import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, after, before, beforeEach, test } from 'node:test'
import { reportDepths } from '../../src/dispatcher/report-depths.ts'
import { createRouteTable } from '../../src/dispatcher/route-table.ts'
import { FAILURES } from '../../src/domain/failure-codes.ts'
import type { EngineOptions } from '../../src/main/engine.ts'
import { listDeadLetters } from '../../src/storage/dead-letters/list-dead-letters.ts'
import { replayDeadLetter } from '../../src/storage/dead-letters/replay-dead-letter.ts'
import { readEventRecord } from '../../src/storage/event-record.ts'
import { type Inbox, createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { bundleWorkflows } from '../../src/temporal/bundle.ts'
import { readActivities } from '../../src/temporal/user-activities.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'
import * as toyActivities from './bad-deploy/activities.ts'
import * as broken from './bad-deploy/broken.ts'

const PATIENCE = { timeoutMs: 90_000 }
const OPERATOR = { actor: 'ada', reason: 'a test' }
const activities = readActivities(toyActivities)
/** The same for both deployments: only what the workflow does has changed. */
const routes = createRouteTable(broken)
const bundleOf = (name: string) =>
  bundleWorkflows({
    workflows: join(import.meta.dirname, `bad-deploy/${name}.ts`),
    policies: activities.policies,
  })

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let inbox: Inbox
let bundles: Record<'broken' | 'mended', { code: string }>
let metrics: ReturnType<typeof createMetrics>
let lines: string[]

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await pool.query('create table slip_effects (event_id text primary key, runs integer not null)')
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  bundles = { broken: await bundleOf('broken'), mended: await bundleOf('mended') }
})
after(async () => {
  await temporal.close()
  await database.drop()
})
beforeEach(() => {
  metrics = createMetrics()
  lines = []
})

/** A deployment: of the bug, or of what mends it. It ends with the test at the latest. Returns how to end it. */
async function deploy(t: TestContext, name: 'broken' | 'mended', giveUpAfterMs: number): Promise<() => Promise<void>> {
  const overrides: Partial<EngineOptions> = {
    routes,
    activities,
    workflowBundle: bundles[name],
    sweep: { everyMs: 100, checkEveryMs: 250, stuck: { afterTasks: 1, giveUpAfterMs } },
    dispatcher: { maxInFlight: 16, leaseMs: 5_000, pollMs: 200, checkAfterMs: 250 },
    metrics,
    logger: createLogger({ level: 'info', name: 'test', destination: { write: (line) => void lines.push(line) } }),
  }
  const { stop } = await startTestEngine({ database, temporal, source: toySource(), ...overrides })
  let stopped: Promise<void> | undefined
  const stopOnce = () => (stopped ??= stop())
  t.after(stopOnce)
  return stopOnce
}

async function accept(eventId: string, type: string): Promise<string> {
  const body = Buffer.from(JSON.stringify({ id: eventId, type }))
  return (await inbox.accept(incomingEvent({ source: 'toy', provider: 'toy', eventId, type, body }))).key
}

const reach = (key: string, state: string): Promise<void> =>
  eventually(async () => {
    const { rows } = await pool.query('select state from posthorn.events where key = $1', [key])
    assert.deepEqual(rows, [{ state }])
  }, PATIENCE)

async function effectsOf(eventId: string): Promise<number> {
  const { rows } = await pool.query<{ runs: number }>('select runs from slip_effects where event_id = $1', [eventId])
  return rows[0]?.runs ?? 0
}

const logged = (message: string): boolean => lines.some((line) => line.includes(`"msg":"${message}"`))

async function stuckRuns(): Promise<number | undefined> {
  await reportDepths(pool, metrics)
  return (await metrics.stuckRuns.get()).values[0]?.value
}

test('a run whose code throws for ever is shown as stuck, then given up, and its replay after a deploy has one effect', async (t) => {
  const stopBug = await deploy(t, 'broken', 1_500)
  const key = await accept('evt_slip', 'slip')
  await eventually(async () => assert.equal(await stuckRuns(), 1), PATIENCE)
  await eventually(() => logged('run.stuck'))
  await reach(key, 'dead')
  assert.equal(await stuckRuns(), 0)
  const [letter] = await listDeadLetters(pool, { filter: {}, order: 'newest_first', limit: 1 })
  assert.deepEqual([letter?.eventId, letter?.code], ['evt_slip', 'run_stuck'])
  assert.match(letter?.message ?? '', /Cannot read properties of undefined \(reading 'id'\)/)
  const { status } = await temporal.client.workflow.getHandle('event/toy/evt_slip/toySlip').describe()
  assert.equal(status.name, 'TERMINATED', 'nothing of it can go on beside its replay')
  await stopBug()

  await deploy(t, 'mended', 1_500)
  const replayed = await replayDeadLetter(pool, { source: 'toy', eventId: 'evt_slip', by: OPERATOR })
  assert.deepEqual(replayed, { replayed: true, handler: 'toySlip', attempt: 2 })
  await reach(key, 'processed')
  assert.equal(await effectsOf('evt_slip'), 1)
  const record = await readEventRecord(pool, 'toy', 'evt_slip')
  assert.deepEqual(
    record?.attempts.map(({ attempt, state, code }) => [attempt, state, code]),
    [
      [1, 'dead', 'run_stuck'],
      [2, 'processed', null],
    ],
  )
  assert.deepEqual(record.deadLetters, [])
})

test('a stuck run that a deploy mends in time goes on by itself, under its first attempt', async (t) => {
  const stopBug = await deploy(t, 'broken', 3_600_000)
  const key = await accept('evt_mended', 'slip')
  await eventually(async () => assert.equal(await stuckRuns(), 1), PATIENCE)
  await stopBug()
  await deploy(t, 'mended', 3_600_000)
  await eventually(async () => {
    // The interval between checks has doubled a few times by now.
    await pool.query('update posthorn.open_runs set check_at = now() where key = $1', [key])
    assert.ok(logged('run.recovered'))
  }, PATIENCE)
  await reach(key, 'processed')
  assert.equal(await stuckRuns(), 0)
  assert.equal(await effectsOf('evt_mended'), 1)
  const record = await readEventRecord(pool, 'toy', 'evt_mended')
  assert.deepEqual(
    record?.attempts.map(({ attempt, state }) => [attempt, state]),
    [[1, 'processed']],
  )
})

test('a run that is terminated says in its dead letter why, and a sweep cut off after it gave a run up finishes what it began', async (t) => {
  await deploy(t, 'mended', 3_600_000)
  const reasons = { evt_by_hand: 'wrong customer', evt_cut_off: `${FAILURES.run_stuck} TypeError: no` }
  for (const [eventId, reason] of Object.entries(reasons)) {
    const key = await accept(eventId, 'slip')
    const handle = temporal.client.workflow.getHandle(`event/toy/${eventId}/toySlip`)
    await eventually(() => handle.terminate(reason), PATIENCE)
    await reach(key, 'dead')
  }
  const letters = await listDeadLetters(pool, { filter: {}, order: 'oldest_first', limit: 10 })
  assert.deepEqual(
    letters.map(({ eventId, code, message }) => [eventId, code, message]),
    [
      ['evt_by_hand', 'run_terminated', `${FAILURES.run_terminated} wrong customer`],
      ['evt_cut_off', 'run_stuck', `${FAILURES.run_stuck} TypeError: no`],
    ],
  )
  await eventually(async () => {
    const { values } = await metrics.outcomes.get()
    assert.deepEqual(values, [{ value: 2, labels: { source: 'toy', handler: 'toySlip', state: 'dead' } }])
  })
})

test('the failed tries of a run that ends well are kept, and the run counts as one with failures', async (t) => {
  await deploy(t, 'mended', 3_600_000)
  const key = await accept('evt_flicker', 'flicker')
  await reach(key, 'processed')
  const record = await eventually(async () => {
    const read = await readEventRecord(pool, 'toy', 'evt_flicker')
    assert.equal(read?.attempts[0]?.failures.length, 2)
    return read
  })
  assert.deepEqual(
    record?.attempts[0]?.failures.map(({ activity, try: n, code, message }) => [activity, n, code, message]),
    [
      ['flicker', 1, 'RangeError', 'try 1 is too early'],
      ['flicker', 2, 'RangeError', 'try 2 is too early'],
    ],
  )
  await eventually(async () => {
    const { values } = await metrics.runsWithFailures.get()
    assert.deepEqual(values, [{ value: 1, labels: { source: 'toy', handler: 'toyFlicker' } }])
  })
})
