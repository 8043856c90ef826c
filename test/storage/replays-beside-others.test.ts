import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { processed } from '../../src/domain/event.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import { type Pool, transaction } from '../../src/storage/pool.ts'
import { claimQueue, leasedRow, recordStarts } from '../../src/storage/queue.ts'
import { type ReplayStep, advanceReplay } from '../../src/storage/replays/advance-replay.ts'
import { lockReplay } from '../../src/storage/replays/bulk-replay.ts'
import { countSkipped } from '../../src/storage/replays/skipped-items.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  await deployRouteTable(pool, { hash: 'now', routes: [] })
})
after(() => database.drop())
beforeEach(async () => {
  await pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.open_runs, posthorn.runs, posthorn.dead_letters,
    posthorn.replays, posthorn.replay_items`)
})

/** What the dispatcher and a worker do with everything that is queued. Returns the events, in order. */
async function runQueued(state: 'processed' | 'dead' = 'processed'): Promise<string[]> {
  const claims = await claimQueue(pool, { limit: 100, leaseMs: 10_000, routes: 'now', rooms: [['shop', 100]] })
  const runs = claims.map((claimed) => ({
    ...leasedRow(claimed),
    key: claimed.event.key,
    handler: 'settle',
    attempt: claimed.attempt,
    workflowId: 'event/it',
  }))
  await recordStarts(pool, runs, 60_000)
  const outcome = state === 'dead' ? ({ state, code: 'broken', message: 'it broke' } as const) : processed()
  await closeRuns(
    pool,
    runs.map(({ key, handler, attempt }) => ({ key, handler, attempt, outcome })),
  )
  return claims.map(({ event }) => event.eventId)
}

/** Makes dead letters: evt_0, evt_1, … */
async function bury(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await createInbox({ pool }).accept(incomingEvent({ eventId: `evt_${n}` }))
  await runQueued('dead')
}

const start = (canary: number): Promise<string> =>
  recordReplay(pool, {
    actor: 'ada',
    reason: 'the fix is out',
    filter: { state: 'dead' },
    ramp: { canary, rate: 100_000, stopAbove: 0.05 },
  })

/** Time passes for the rate, too. */
async function advance(id: string): Promise<ReplayStep> {
  await pool.query(`update posthorn.replays set advanced_at = advanced_at - interval '1 second' where id = $1`, [id])
  return advanceReplay(pool, id)
}

/** Until it has ended, or has run so many more. Returns what ran, in order. */
async function drive(id: string, runs = Infinity): Promise<string[]> {
  const order: string[] = []
  for (let steps = 0; steps < 100 && order.length < runs; steps += 1) {
    if ((await advance(id)).ended) return order
    order.push(...(await runQueued()))
  }
  return order
}

const openSibling = (eventId: string) =>
  pool.query(
    `insert into posthorn.open_runs (key, handler, attempt, workflow_id, check_at)
     select key, 'notify', 1, 'event/it', now() from posthorn.events where event_id = $1`,
    [eventId],
  )

test('an event of which another run is open is taken up after all others, once that has closed', async () => {
  await bury(12)
  await openSibling('evt_0')
  const id = await start(1)
  assert.equal((await drive(id, 11))[0], 'evt_1')
  const { ended, state } = await advance(id)
  assert.deepEqual([ended, state], [false, 'running'], 'it waits')
  await pool.query('delete from posthorn.open_runs')
  assert.deepEqual(await drive(id), ['evt_0'])
  const { figures } = await advance(id)
  assert.deepEqual([figures.processed, figures.skipped], [12, 0])
})

test('it is not given up while runs of the replay are still in flight', async () => {
  await bury(3)
  await openSibling('evt_0')
  const id = await start(3)
  for (let steps = 0; steps < 100; steps += 1) await advance(id)
  const { figures } = await advance(id)
  assert.deepEqual([figures.inFlight, figures.waiting, figures.skipped], [2, 1, 0])
})

test('an event of which another run stays open is skipped in the end, and counted as that', async () => {
  await bury(3)
  await openSibling('evt_1')
  const id = await start(3)
  await drive(id)
  const { state, figures } = await advance(id)
  assert.deepEqual([state, figures.processed, figures.skipped, figures.waiting], ['done', 2, 1, 0])
  assert.deepEqual(await countSkipped(pool, id), { run_open: 1 })
})

test('however many have another run open, the others need not wait for as many steps', async () => {
  await bury(60)
  for (let n = 0; n < 59; n += 1) await openSibling(`evt_${n}`)
  const id = await start(1)
  const ran: string[] = []
  for (let steps = 0; steps < 3; steps += 1) {
    await advance(id)
    ran.push(...(await runQueued()))
  }
  assert.deepEqual(ran, ['evt_59'])
})

test('live events are beside a replay for a minute after the last one', async () => {
  await bury(1)
  const id = await start(1)
  const isBesideLive = async (age: string): Promise<boolean | undefined> => {
    await pool.query(`update posthorn.events set received_at = now() - $1::interval`, [age])
    return transaction(pool, async (tx) => (await lockReplay(tx, id))?.besideLive)
  }
  assert.deepEqual([await isBesideLive('50 seconds'), await isBesideLive('70 seconds')], [true, false])
})
