import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { processed } from '../../src/domain/event.ts'
import { heldHandlers, holdRun, releaseHeldRuns } from '../../src/storage/held-runs.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type Claim, claimQueue, leasedRow, recordStarts, releaseClaim } from '../../src/storage/queue.ts'
import {
  liftOlderPauses,
  pauseFailingRoute,
  readRoutePauses,
  resumeFailedRoutes,
} from '../../src/storage/route-pauses.ts'
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
beforeEach(() => pool.query('truncate posthorn.queue, posthorn.held_runs, posthorn.route_pauses, posthorn.builds'))

async function claimed(eventId: string): Promise<Claim> {
  await createInbox({ pool }).accept(incomingEvent({ eventId }))
  const [claim] = await claimQueue(pool, { limit: 1, leaseMs: 60_000, routes: 'now', rooms: [['shop', 1]] })
  assert.ok(claim)
  return claim
}

const queued = async (): Promise<number> => (await pool.query('select from posthorn.queue')).rowCount ?? 0

test('a run is not released while another one of its event is being started, and is not lost with it', async () => {
  const claim = await claimed('evt_beside')
  await holdRun(pool, claim, { handler: 'settle', isOnlyRun: false })
  assert.equal(await releaseHeldRuns(pool, 'settle', 10), 0)
  const { key } = claim.event
  await recordStarts(pool, [{ ...leasedRow(claim), key, handler: 'mirror', attempt: 1, workflowId: 'w' }], 1_000)
  assert.deepEqual([await queued(), await heldHandlers(pool)], [0, ['settle']])
  assert.equal(await releaseHeldRuns(pool, 'settle', 10), 1)
  assert.deepEqual([await queued(), await heldHandlers(pool)], [1, []])
})

const runOf = (claim: Claim, handler: string) => ({
  ...leasedRow(claim),
  key: claim.event.key,
  handler,
  attempt: 1,
  workflowId: handler,
})

const claimAgain = async (): Promise<Claim> => {
  const [claim] = await claimQueue(pool, { limit: 1, leaseMs: 60_000, routes: 'now', rooms: [['shop', 1]] })
  return claim ?? assert.fail('nothing is queued')
}

const stateOf = async ({ event }: Claim): Promise<string | undefined> =>
  (await pool.query<{ state: string }>('select state from posthorn.events where key = $1', [event.key])).rows[0]?.state

test('a run put aside by a claim that was given back is not held any more once its retry has started it', async () => {
  const claim = await claimed('evt_again')
  await holdRun(pool, claim, { handler: 'settle', isOnlyRun: false })
  await releaseClaim(pool, claim, 0)
  const again = await claimAgain()
  await recordStarts(pool, [runOf(again, 'settle'), runOf(again, 'mirror')], 1_000)
  assert.deepEqual([await heldHandlers(pool), await releaseHeldRuns(pool, 'settle', 10)], [[], 0])
  assert.equal(await stateOf(again), 'dispatched')
})

test('a claim whose lease was lost puts nothing aside', async () => {
  const claim = await claimed('evt_late')
  await releaseClaim(pool, claim, 0)
  await holdRun(pool, claim, { handler: 'settle', isOnlyRun: true })
  assert.deepEqual([await queued(), await heldHandlers(pool)], [1, []])
})

test('a released run that closes before its start is recorded leaves its event to the one that is open beside it', async () => {
  const claim = await claimed('evt_fast')
  const { key } = claim.event
  await holdRun(pool, claim, { handler: 'settle', isOnlyRun: false })
  await recordStarts(pool, [runOf(claim, 'mirror')], 1_000)
  await releaseHeldRuns(pool, 'settle', 10)
  assert.equal(await stateOf(claim), 'received')
  const again = await claimAgain()
  await closeRuns(pool, [{ key, handler: 'settle', attempt: 1, outcome: processed() }])
  await recordStarts(pool, [runOf(again, 'settle'), runOf(again, 'mirror')], 1_000)
  assert.equal(await stateOf(claim), 'dispatched')
  await closeRuns(pool, [{ key, handler: 'mirror', attempt: 1, outcome: processed() }])
  assert.equal(await stateOf(claim), 'processed')
})

test('handlers with held runs are found, whoever held them and whenever', async () => {
  for (const [eventId, handler] of [
    ['evt_1', 'beta'],
    ['evt_2', 'alpha'],
    ['evt_3', 'beta'],
  ] as const) {
    await holdRun(pool, await claimed(eventId), { handler, isOnlyRun: true })
  }
  assert.deepEqual(await heldHandlers(pool), ['alpha', 'beta'])
})

const pausedFor = (minutes: number) =>
  pool.query(`update posthorn.route_pauses set paused_at = now() - $1 * interval '1 minute'`, [minutes])

test('what an older program pauses beside a newer one is lifted by that after a minute; the older one lifts nothing of the newer', async () => {
  await resumeFailedRoutes(pool, 'old')
  await resumeFailedRoutes(pool, 'new')
  await pauseFailingRoute(pool, { handler: 'settle', reason: 'all dead', build: 'old' })
  assert.deepEqual(await liftOlderPauses(pool, 'new'), [])
  await pausedFor(2)
  assert.deepEqual(await liftOlderPauses(pool, 'old'), [])
  assert.deepEqual(await liftOlderPauses(pool, 'new'), ['settle'])
  await pauseFailingRoute(pool, { handler: 'settle', reason: 'all dead', build: 'new' })
  await pausedFor(2)
  assert.deepEqual(await liftOlderPauses(pool, 'old'), [])
  assert.equal((await readRoutePauses(pool)).length, 1)
})
