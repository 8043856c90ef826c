import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { leaseBudget, readBudgetQueues } from '../../src/storage/api-budgets.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let pool: Pool
before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 10 })
})
after(() => database.drop())
beforeEach(() => pool.query('truncate posthorn.api_budgets'))

/** So slow that nothing is refilled while a test runs. */
const SLOW = { source: 'shop', ratePerSecond: 0.001, burst: 10 }

const lease = (wanted: number, isLive = true) => leaseBudget(pool, { ...SLOW, wanted, waiting: wanted, isLive })

test('however many ask at once, no more is granted than there is', async () => {
  const leases = await Promise.all(Array.from({ length: 8 }, () => lease(3)))
  assert.equal(
    leases.reduce((sum, { granted }) => sum + granted, 0),
    10,
  )
})

test('everything but live work leaves half of the burst', async () => {
  assert.equal((await lease(10, false)).granted, 5)
  assert.equal((await lease(10, false)).granted, 0)
  assert.equal((await lease(10, true)).granted, 5)
})

test('the bucket fills at the rate, and not above the burst', async () => {
  await lease(10)
  await pool.query(`update posthorn.api_budgets set refilled_at = now() - interval '4000 seconds'`)
  assert.equal((await lease(10)).granted, 4)
  await pool.query(`update posthorn.api_budgets set refilled_at = now() - interval '1 year'`)
  assert.equal((await lease(99)).granted, 10)
})

test('those who get nothing are called one after the other, and live work does not stand behind the rest', async () => {
  const request = { source: 'shop', ratePerSecond: 0.1, burst: 1, wanted: 1 }
  await leaseBudget(pool, { ...request, waiting: 1, isLive: true })
  const first = await leaseBudget(pool, { ...request, waiting: 100, isLive: false })
  const second = await leaseBudget(pool, { ...request, waiting: 1, isLive: false })
  const live = await leaseBudget(pool, { ...request, waiting: 1, isLive: true })
  assert.deepEqual([first.granted, second.granted, live.granted], [0, 0, 0])
  assert.ok(second.comeBackInMs > 800_000, `after a hundred others, not in ${second.comeBackInMs} ms`)
  assert.ok(live.comeBackInMs < 100_000, `not in ${live.comeBackInMs} ms`)
  assert.ok(((await readBudgetQueues(pool)).get('shop')?.liveMs ?? 0) < 100_000)
})
