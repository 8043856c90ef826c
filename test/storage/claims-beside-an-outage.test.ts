import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { claimQueue } from '../../src/storage/queue.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool
before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  await pool.query(`insert into posthorn.route_tables (hash, routes) values ('h', '[]')`)
})
after(() => database.drop())

/** The fastest of 21 claims of ten rows of `bank`, in ms: what the machine does besides slows some, a backlog that is read slows all. */
async function claimMs(isLiveOnly = false): Promise<number> {
  const inbox = createInbox({ pool })
  const times: number[] = []
  for (let n = 0; n < 21; n += 1) {
    await Promise.all(Array.from({ length: 10 }, () => inbox.accept(incomingEvent({ source: 'bank' }))))
    const startedAt = performance.now()
    const rooms = [['bank', 64, isLiveOnly]] as const
    const claims = await claimQueue(pool, { limit: 100, rooms, oneLater: isLiveOnly, leaseMs: 3_600_000, routes: 'h' })
    times.push(performance.now() - startedAt)
    assert.deepEqual(
      claims.map(({ priority }) => priority),
      Array<number>(10).fill(0),
    )
  }
  return Math.min(...times)
}

test('a hundred thousand rows that wait for a source that is out do not slow the claims of another', async (t) => {
  const alone = await claimMs()
  await pool.query(
    `insert into posthorn.queue (source, key) select 'shop', gen_random_uuid() from generate_series(1, 100000)`,
  )
  const beside = await claimMs()
  t.diagnostic(`a claim took ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside the backlog`)
  assert.ok(beside < alone * 3 + 5, `${beside} ms against ${alone} ms`)
})

test('a backfill that has used up its budget stays in the queue, and does not slow the live claims of its source', async (t) => {
  const alone = await claimMs()
  await pool.query(
    `insert into posthorn.queue (source, key, priority) select 'bank', gen_random_uuid(), 2 from generate_series(1, 100000)`,
  )
  const beside = await claimMs(true)
  t.diagnostic(`a claim took ${alone.toFixed(1)} ms alone, ${beside.toFixed(1)} ms beside the backfill`)
  assert.ok(beside < alone * 3 + 5, `${beside} ms against ${alone} ms`)
})
