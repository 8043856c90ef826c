import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { heldHandlers, holdRun, releaseHeldRuns } from '../../src/storage/held-runs.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type Claim, claimQueue, leasedRow, recordStarts } from '../../src/storage/queue.ts'
import {
  liftOlderPauses,
  pauseFailingRoute,
  readRoutePauses,
  resumeFailedRoutes,
} from '../../src/storage/route-pauses.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
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
