import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { createSourceGates } from '../../src/dispatcher/source-gates.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let pool: Pool
before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())
beforeEach(() => pool.query('truncate posthorn.breakers, posthorn.api_budgets'))

const metrics = createMetrics()
const sources = new Map([['shop', toySource({ id: 'shop' })]])

async function gatesAfter(sql: string) {
  await pool.query(sql)
  const gates = createSourceGates({ pool, sources, metrics })
  await gates.refresh()
  return gates
}

const recovered = (seconds: number) =>
  gatesAfter(
    `insert into posthorn.breakers (source, state, recovered_at) values ('shop', 'closed', now() - interval '${seconds}.1 seconds')`,
  )

test('until it is known what Postgres says, every gate is shut', async () => {
  const gates = createSourceGates({ pool, sources, metrics })
  assert.equal(gates.allowance('shop'), 0)
  await gates.refresh()
  assert.equal(gates.allowance('shop'), Infinity)
})

test('a source that is out lets nothing through, unless its probe is overdue: then one row a second', async () => {
  const open = (probeAt: string) =>
    gatesAfter(`insert into posthorn.breakers (source, state, probe_at) values ('shop', 'open', now() ${probeAt})
                on conflict (source) do update set probe_at = excluded.probe_at`)
  assert.equal((await open(`+ interval '1 minute'`)).allowance('shop'), 0)
  assert.equal((await open(`- interval '1 second'`)).allowance('shop'), 0, 'runs that wait come first')
  const overdue = await open(`- interval '3 seconds'`)
  assert.equal(overdue.allowance('shop'), 1)
  overdue.pass('shop')
  assert.equal(overdue.allowance('shop'), 0)
  assert.equal(overdue.allowance('bank'), Infinity)
})

test('a source that is gone shows no state, whatever it had', async () => {
  await gatesAfter(
    `insert into posthorn.breakers (source, state, probe_at) values ('shop', 'open', now()), ('gone', 'open', now())`,
  )
  const { values } = await metrics.breakerState.get()
  assert.deepEqual(values, [{ value: 2, labels: { source: 'shop' } }])
})

test('recovery begins with one row a second and doubles', async () => {
  assert.equal((await recovered(0)).allowance('shop'), 1)
  await pool.query('truncate posthorn.breakers')
  const third = await recovered(3)
  assert.equal(third.allowance('shop'), 8)
  for (let n = 0; n < 3; n += 1) third.pass('shop')
  assert.equal(third.allowance('shop'), 5)
  await pool.query('truncate posthorn.breakers')
  assert.equal((await recovered(11)).allowance('shop'), Infinity)
})

test('a source whose calls are used up far ahead starts nothing that could only wait', async () => {
  const queue = (ends: string) =>
    gatesAfter(`insert into posthorn.api_budgets (source, tokens, live_queue_ends_at) values ('shop', 0, now() ${ends})
                on conflict (source) do update set live_queue_ends_at = excluded.live_queue_ends_at`)
  assert.equal((await queue(`+ interval '5 seconds'`)).allowance('shop'), Infinity)
  const full = await queue(`+ interval '1 minute'`)
  assert.deepEqual([full.allowance('shop'), full.isLiveOnly('shop')], [0, false])
})

test('where a backfill has used up its part of the budget, live events alone are started', async () => {
  const gates = await gatesAfter(
    `insert into posthorn.api_budgets (source, tokens, other_queue_ends_at) values ('shop', 0, now() + interval '1 hour')`,
  )
  assert.deepEqual(
    [gates.allowance('shop'), gates.isLiveOnly('shop'), gates.isLiveOnly('bank')],
    [Infinity, true, false],
  )
})
