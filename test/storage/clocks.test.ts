import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { claimQueue } from '../../src/storage/queue.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool
const HOUR_MS = 3_600_000

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await deployRouteTable(pool, { hash: 'now', routes: [] })
})
after(() => database.drop())

const claim = () => claimQueue(pool, { limit: 10, rooms: [['shop', 10]], leaseMs: 60_000, routes: 'now' })

test('a process whose clock jumps by an hour stores by the day of Postgres and claims by its leases', async (t) => {
  for (const jump of [HOUR_MS, -HOUR_MS]) {
    t.mock.timers.enable({ apis: ['Date'], now: Date.now() + jump })
    const { key } = await createInbox({ pool }).accept(incomingEvent())
    const claims = await claim()
    assert.deepEqual(
      claims.map(({ event }) => event.key),
      [key],
    )
    t.mock.timers.reset()
    // Held by its lease for everybody, whatever their clocks say.
    assert.deepEqual(await claim(), [])
    const { rows } = await pool.query<{ received: boolean; leased: boolean }>(
      `select abs(extract(epoch from now() - e.received_at)) < 60 as received,
         q.available_at - now() between interval '1 second' and interval '61 seconds' as leased
       from posthorn.events e join posthorn.queue q using (key) where key = $1`,
      [key],
    )
    assert.deepEqual(rows, [{ received: true, leased: true }])
    await pool.query('truncate posthorn.queue')
  }
})

test('when the clock of Postgres jumps back, what is leased waits as much longer, and what comes then is claimed', async () => {
  const inbox = createInbox({ pool })
  const { key: leased } = await inbox.accept(incomingEvent())
  await claim()
  const jump = (hours: number) =>
    pool.query(`update posthorn.queue set available_at = available_at + $1 * interval '1 hour' where key = $2`, [
      hours,
      leased,
    ])
  await jump(1)
  const { key: fresh } = await inbox.accept(incomingEvent())
  const keys = async () => (await claim()).map(({ event }) => event.key)
  assert.deepEqual(await keys(), [fresh])
  await jump(-1)
  assert.deepEqual(await keys(), [])
  await jump(-1)
  assert.deepEqual(await keys(), [leased])
})
