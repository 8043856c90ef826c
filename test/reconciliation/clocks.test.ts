import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from '@temporalio/client'
import { createSystemActivities } from '../../src/main/engine/system-activities.ts'
import { reportCoverage } from '../../src/reconciliation/report-coverage.ts'
import { eventKey } from '../../src/storage/event-key.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import type { ReconciliationActivities } from '../../src/temporal/reconciliation-activities.ts'
import { DAY_MS, MINUTE_MS, pass, setReconcilerStage } from './stage.ts'

const HOUR_MS = 60 * MINUTE_MS
const at = (time: Date, ms: number): Date => new Date(time.getTime() + ms)

test('what happened before the border of two windows, and was sent after it, is recovered', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'telnyx' })
  const { now } = stage.clock
  const border = at(now, -5 * MINUTE_MS - DAY_MS)
  stage.clock.now = at(border, -1_000)
  const [change] = stage.happen(1, 0, 2_000)
  stage.clock.now = now
  await stage.run()
  const windows = await stage.coverage()
  assert.ok(windows.some(({ to }) => to.getTime() === border.getTime()))
  assert.deepEqual(
    windows.map(({ recovered, doubt }) => [recovered, doubt]),
    [
      [1, null],
      [0, null],
      [0, null],
    ],
  )
  const { rows } = await stage.pool.query('select occurred_at from posthorn.events where key = $1', [
    eventKey('source', change?.eventId ?? ''),
  ])
  assert.deepEqual(rows, [{ occurred_at: change?.occurredAt }])
})

for (const provider of ['telnyx', 'gitlab', 'github']) {
  test(`${provider}: what its list shows in the next window, under the time of sending, is not missing from this one`, async (t) => {
    const stage = await setReconcilerStage(t, { provider, settings: { lookBackMs: HOUR_MS } })
    pass(stage, -2 * HOUR_MS)
    const [end, border] = [stage.clock.now, at(stage.clock.now, -5 * MINUTE_MS)]
    stage.clock.now = at(border, -2_000)
    for (const change of stage.happen(2, 1_000, 3_000)) await stage.arrive(change, at(change.occurredAt, 4_000))
    stage.clock.now = end
    await stage.run()
    assert.deepEqual(
      (await stage.coverage()).map(({ listed, contradicted, doubt }) => [listed, contradicted, doubt]),
      [[0, 0, null]],
    )
    pass(stage, 15 * MINUTE_MS)
    await stage.run()
    const [window] = await stage.coverage()
    assert.deepEqual([window?.present, window?.contradicted, window?.doubt], [2, 0, null])
    assert.deepEqual(await stage.alarms(), [])
  })

  test(`${provider}: what its list shows nowhere contradicts it`, async (t) => {
    const stage = await setReconcilerStage(t, { provider, settings: { lookBackMs: HOUR_MS } })
    pass(stage, -HOUR_MS)
    for (const change of stage.happen(3)) await stage.arrive(change, change.occurredAt)
    const ghost = stage.world.change(stage.clock.now)
    await stage.arrive(ghost, at(ghost.occurredAt, 1_000))
    pass(stage, 15 * MINUTE_MS)
    await stage.run()
    const [window] = await stage.coverage()
    assert.deepEqual([window?.present, window?.contradicted, window?.doubt], [3, 1, 'suspect'])
  })
}

test('an event that reached the inbox after an outage belongs to the window in which it was received', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'github', settings: { lookBackMs: HOUR_MS } })
  const { now } = stage.clock
  pass(stage, -2 * HOUR_MS)
  const [change] = stage.happen(1)
  assert.ok(change)
  await stage.arrive(change, change.occurredAt)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  stage.clock.now = at(now, 10 * MINUTE_MS)
  await stage.run()
  const windows = await stage.coverage()
  assert.equal(
    windows.reduce((sum, { present }) => sum + present, 0),
    1,
  )
  assert.deepEqual(await stage.alarms(), [])
})

test('windows that a wrong clock planned ahead are forgotten, and it rings', async (t) => {
  const stage = await setReconcilerStage(t, { provider: 'stripe' })
  const { now } = stage.clock
  await stage.run()
  pass(stage, 3 * DAY_MS)
  await stage.run()
  stage.clock.now = now
  stage.happen(3)
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await stage.alarms(), ['ahead'])
  const [latest] = await stage.coverage()
  assert.deepEqual([latest?.to, latest?.recovered], [at(stage.clock.now, -5 * MINUTE_MS), 3])
  pass(stage, 15 * MINUTE_MS)
  await stage.run()
  assert.deepEqual(await stage.alarms(), ['ahead'])
})

test('a source that was never compared falls behind from when it was first known', async (t) => {
  const { pool, source, metrics } = await setReconcilerStage(t, { provider: 'stripe' })
  await pool.query(`update posthorn.sources set first_seen_at = now() - interval '3 hours'`)
  await reportCoverage(pool, { metrics, sources: [source] })
  const age = async () => (await metrics.coverageAgeSeconds.get()).values[0]?.value ?? 0
  assert.ok(Math.abs((await age()) - 10_800) < 60)
  // A window that has not been listed yet, before one that has.
  await pool.query(
    `insert into posthorn.coverage (source, origin, from_at, to_at, due_at, listings)
     values ('source', 'schedule', now() - interval '5 hours', now() - interval '4 hours', now(), 0),
       ('source', 'schedule', now() - interval '4 hours', now(), now(), 1)`,
  )
  await reportCoverage(pool, { metrics, sources: [source] })
  assert.ok(Math.abs((await age()) - 18_000) < 60)
})

test('a worker of which the clock is days ahead plans and measures by the clock of Postgres', async (t) => {
  const { pool, source, metrics } = await setReconcilerStage(t, { provider: 'stripe' })
  const before = Date.now()
  t.mock.timers.enable({ apis: ['Date'], now: before + 3 * DAY_MS })
  const activities = createSystemActivities({
    ...{ pool, userPool: pool, metrics, client: new Client() },
    sources: new Map([[source.id, source]]),
    access: { api: () => assert.fail('nothing is read'), call: () => assert.fail('nothing is called') },
    logger: createLogger({ level: 'silent', name: 'test' }),
    retention: { bodies: 30, receipts: 30, events: 90 },
  }) as ReconciliationActivities
  await activities.posthornPlanCoverage({ source: source.id })
  await activities.posthornNextListing({ source: source.id })
  await pool.query('update posthorn.coverage set listings = 1')
  await reportCoverage(pool, { metrics, sources: [source] })
  t.mock.timers.reset()
  const { rows } = await pool.query<{ latest: Date }>(
    `select greatest(max(to_at), max(due_at), (select max(started_at) from posthorn.listings)) as latest from posthorn.coverage`,
  )
  assert.ok(Math.abs((rows[0]?.latest.getTime() ?? 0) - Date.now()) < MINUTE_MS)
  const [age] = (await metrics.coverageAgeSeconds.get()).values
  assert.ok(age !== undefined && age.value >= 300 && age.value < 400, String(age?.value))
})
