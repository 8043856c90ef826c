import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { processed } from '../../src/domain/event.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { recoverLostRun } from '../../src/storage/open-runs.ts'
import { markParked } from '../../src/storage/park.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type Claim, claimQueue, leasedRow, recordStarts } from '../../src/storage/queue.ts'
import { type ReplayRequest, replayEvent } from '../../src/storage/replay.ts'
import { advanceReplay } from '../../src/storage/replays/advance-replay.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool
let key: string

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  await deployRouteTable(pool, { hash: 'now', routes: [] })
})
after(() => database.drop())
beforeEach(async () => {
  await pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.parked, posthorn.open_runs, posthorn.runs,
    posthorn.dead_letters, posthorn.replays, posthorn.replay_items`)
  ;({ key } = await createInbox({ pool }).accept(incomingEvent({ eventId: 'evt_1' })))
})

async function claimOne(): Promise<Claim> {
  const [claimed] = await claimQueue(pool, { limit: 1, leaseMs: 10_000, routes: 'now', rooms: [['shop', 1]] })
  assert.ok(claimed)
  return claimed
}

/** What a dispatcher does with a claim. */
const start = (claimed: Claim, handlers: string[]) =>
  recordStarts(
    pool,
    handlers.map((handler) => ({
      ...leasedRow(claimed),
      ...{ key, handler, attempt: claimed.attempt, workflowId: handler },
    })),
    60_000,
  )

const park = async () => markParked(pool, await claimOne(), { code: 'schema_mismatch', detail: 'size' })
const close = (handler: string, attempt: number) => closeRuns(pool, [{ key, handler, attempt, outcome: processed() }])
const replay = (more: Partial<ReplayRequest> = {}) => replayEvent(pool, { source: 'shop', eventId: 'evt_1', ...more })

async function refusal(more: Partial<ReplayRequest>): Promise<string | undefined> {
  const result = await replay(more)
  return result.replayed ? undefined : result.reason
}

async function state(): Promise<string | undefined> {
  return (await pool.query<{ state: string }>('select state from posthorn.events')).rows[0]?.state
}

test('where the new attempt of a lost run is parked, no other run of the event takes it out of there', async () => {
  await start(await claimOne(), ['settle', 'mirror'])
  await close('mirror', 1)
  await recoverLostRun(pool, { key, handler: 'settle', attempt: 1 })
  await park()
  assert.equal(await refusal({ handler: 'mirror' }), 'other_parked')
  assert.equal((await pool.query('select from posthorn.parked')).rowCount, 1)
  assert.deepEqual(await replay(), { replayed: true, handler: 'settle', attempt: 2 })
  await start(await claimOne(), ['settle'])
  await close('settle', 2)
  assert.equal(await state(), 'processed')
})

/** The mirror went on beside a route that was paused; when that was resumed, the deployed schema had become another. */
async function parkBesideMirror(): Promise<void> {
  await start(await claimOne(), ['mirror'])
  await close('mirror', 1)
  await pool.query(`update posthorn.events set state = 'received'`)
  await pool.query(`insert into posthorn.queue (source, key) values ('shop', $1)`, [key])
  await park()
}

test('an event that is parked before it was routed is routed anew, also where its mirror has run', async () => {
  await parkBesideMirror()
  assert.equal(await refusal({ handler: 'mirror' }), 'other_parked')
  assert.deepEqual(await replay(), { replayed: true, attempt: 2 })
  const { handler, attempt } = await claimOne()
  assert.deepEqual([handler, attempt], [undefined, 2])
})

test('a replay of many routes such an event anew, too', async () => {
  await parkBesideMirror()
  const ramp = { canary: 1, rate: 100_000, stopAbove: 1 }
  const id = await recordReplay(pool, { actor: 'ada', reason: 'it fits now', filter: { state: 'parked' }, ramp })
  await advanceReplay(pool, id)
  await advanceReplay(pool, id)
  const { handler, attempt } = await claimOne()
  assert.deepEqual([handler, attempt], [undefined, 2])
})

test('a run that is parked under a number far above those that have ended keeps that number', async () => {
  await start(await claimOne(), ['settle'])
  await close('settle', 1)
  await pool.query(`update posthorn.events set state = 'received'`)
  await pool.query(`insert into posthorn.queue (source, key, handler, attempt) values ('shop', $1, 'settle', 1000)`, [
    key,
  ])
  await park()
  assert.deepEqual(await replay(), { replayed: true, handler: 'settle', attempt: 1000 })
})
