import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createRouteGates } from '../../src/dispatcher/route-gates.ts'
import { readRoutePauses } from '../../src/storage/route-pauses.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'

let database: TestDatabase
let pool: Pool
before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())
beforeEach(() => pool.query('truncate posthorn.route_pauses'))

const gatesOn = (reads: Pool) =>
  createRouteGates({
    pool: reads,
    build: 'bad',
    deadPercent: 50,
    metrics: createMetrics(),
    logger: createLogger({ level: 'silent', name: 't' }),
  })

const OUTCOME = { state: 'dead', code: 'broken', message: 'broken' } as const

function dieOften(gates: ReturnType<typeof gatesOn>, handler = 'ship'): void {
  for (let n = 0; n < 20; n += 1) gates.onClosed({ key: `${n}`, handler, attempt: 1, outcome: OUTCOME })
}

const isWritten = () => eventually(async () => assert.equal((await readRoutePauses(pool)).length, 1))

test('a route that pauses itself stays paused, though Postgres was asked before it did and answers afterwards', async () => {
  let reads = 0
  const late: Pick<Pool, 'query'> = {
    query: (async (...args: Parameters<Pool['query']>) => {
      const answer = await (pool.query(...args) as unknown as Promise<unknown>)
      reads += 1
      if (reads > 1) return answer
      dieOften(gates)
      await isWritten()
      return answer
    }) as Pool['query'],
  }
  const gates = gatesOn(late as Pool)
  await gates.refresh()
  assert.ok(gates.isPaused('ship'))
  await gates.refresh()
  assert.ok(gates.isPaused('ship'))
})

test('a pause that is being written is waited for, and not taken for one that somebody lifted', async () => {
  const gates = gatesOn(pool)
  const blocker = await pool.connect()
  await blocker.query('begin; lock table posthorn.route_pauses in exclusive mode')
  dieOften(gates)
  const refreshed = gates.refresh()
  await eventually(async () => {
    const { rowCount } = await pool.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    )
    assert.equal(rowCount, 1)
  })
  await blocker.query('commit')
  blocker.release()
  await refreshed
  assert.ok(gates.isPaused('ship'))
})

test('a pause that begins while another one is being written outlives an answer that does not know of it', async () => {
  let refreshed: Promise<unknown> = Promise.resolve()
  const slow: Pick<Pool, 'query'> = {
    query: (async (...args: Parameters<Pool['query']>) => {
      const [, values] = args as unknown as [unknown, unknown[] | undefined]
      if (values?.[0] === 'bill') await refreshed
      return (await (pool.query(...args) as unknown as Promise<unknown>)) as never
    }) as Pool['query'],
  }
  const gates = gatesOn(slow as Pool)
  dieOften(gates)
  refreshed = gates.refresh()
  dieOften(gates, 'bill')
  await refreshed
  assert.deepEqual([gates.isPaused('ship'), gates.isPaused('bill')], [true, true])
})

test('a route that a person resumes is paused no more', async () => {
  const gates = gatesOn(pool)
  dieOften(gates)
  await gates.refresh()
  assert.ok(gates.isPaused('ship'))
  await pool.query('delete from posthorn.route_pauses')
  await gates.refresh()
  assert.ok(!gates.isPaused('ship'))
})
