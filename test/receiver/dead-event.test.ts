import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createReceiptLog } from '../../src/storage/receipts.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { claimQueue, leasedRow, recordStarts } from '../../src/storage/queue.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { post } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'
import { CALLS, webhook } from './webhooks.ts'

let database: TestDatabase
let pool: Pool
let receiver: TestReceiver

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await deployRouteTable(pool, { hash: 'now', routes: [] })
  receiver = await startReceiver({ pool, receipts: createReceiptLog(pool, () => undefined) })
})
after(async () => {
  await receiver.close()
  await database.drop()
})

/** What dispatcher and worker do, up to a dead letter. */
async function die(): Promise<void> {
  const rooms = [[CALLS.id, 1]] as const
  const [claim] = await claimQueue(pool, { limit: 1, leaseMs: 10_000, routes: 'now', rooms })
  assert.ok(claim)
  const run = { key: claim.event.key, handler: 'teamConnectCallEnded', attempt: 1 }
  await recordStarts(
    pool,
    [{ ...leasedRow(claim), ...run, workflowId: 'event/calls/evt_1/teamConnectCallEnded' }],
    60_000,
  )
  await closeRuns(pool, [{ ...run, outcome: { state: 'dead', code: 'no_luck', message: 'not today' } }])
}

const rowsOf = async (query: string): Promise<unknown[]> => (await pool.query<Record<string, unknown>>(query)).rows

test('a sender’s redelivery of a dead event is acknowledged, kept as a receipt, and starts nothing (rows 194, 198)', async () => {
  const request = webhook({ id: 'evt_1' })
  assert.equal((await post(receiver.port, request)).body, '{"received":true}')
  await die()
  const letter = `select code, attempt, replays, dead_lettered_at from posthorn.dead_letters`
  const before = await rowsOf(letter)
  assert.equal(before.length, 1)
  for (let redelivery = 1; redelivery <= 3; redelivery += 1) {
    const { status, body } = await post(receiver.port, request)
    assert.deepEqual([status, body], [200, '{"received":true,"duplicate":true}'])
  }
  await receiver.receipts.flush()
  assert.deepEqual(await rowsOf(letter), before)
  assert.deepEqual(await rowsOf('select state, state_reason from posthorn.events'), [
    { state: 'dead', state_reason: 'no_luck' },
  ])
  assert.deepEqual(await rowsOf('select key from posthorn.queue union all select key from posthorn.open_runs'), [])
  assert.deepEqual(
    await rowsOf(`select r.verdict, e.event_id from posthorn.receipts r join posthorn.events e using (key)`),
    Array.from({ length: 3 }, () => ({ verdict: 'duplicate', event_id: 'evt_1' })),
  )
})
