import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { ApplicationFailure } from '@temporalio/common'
import type { Effects, Transaction } from 'posthorn/activity'
import { createEffects } from '../../src/effects/effects.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'

let database: TestDatabase
let pool: Pool
let run = { key: randomUUID(), handler: 'settle', attempt: 1 }
let effects: Effects

before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 20 })
  await pool.query('create table payments (key uuid, what text)')
  effects = createEffects({ pool, currentRun: () => run })
})
after(() => database.drop())
beforeEach(() => {
  run = { key: randomUUID(), handler: 'settle', attempt: 1 }
})

/** Nothing in the table forbids a second row: what keeps it away is the ledger. */
const pay = (what: string) => async (tx: Transaction) => {
  await tx.query('insert into payments (key, what) values ($1, $2)', [run.key, what])
  return { what, paidAt: new Date('2026-11-21T12:00:00Z') }
}

async function payments(): Promise<string[]> {
  const { rows } = await pool.query<{ what: string }>('select what from payments where key = $1 order by what', [
    run.key,
  ])
  return rows.map(({ what }) => what)
}

const failsAs = (code: string) => (error: unknown) =>
  error instanceof ApplicationFailure && error.type === code && error.nonRetryable === true

test('an effect takes place once, and its result comes back as JSON holds it, the first time too', async () => {
  const first = await effects.once('pay', 'order_1', pay('order_1'))
  assert.deepEqual(first, { what: 'order_1', paidAt: '2026-11-21T12:00:00.000Z' })
  for (let again = 0; again < 10; again += 1) {
    run.attempt += 1
    assert.deepEqual(await effects.once('pay', 'order_1', pay('order_1')), first)
  }
  assert.deepEqual(await payments(), ['order_1'])
})

test('discriminator, name, handler and event each tell effects apart', async () => {
  const { key } = run
  await effects.once('pay', 1, pay('first line'))
  await effects.once('pay', 2, pay('second line'))
  await effects.once('refund', 1, pay('refund'))
  run.handler = 'other'
  await effects.once('pay', 1, pay('other handler'))
  assert.deepEqual(await payments(), ['first line', 'other handler', 'refund', 'second line'])
  run.key = randomUUID()
  await effects.once('pay', 1, pay('other event'))
  assert.deepEqual(await payments(), ['other event'])
  assert.notEqual(run.key, key)
})

test('nothing, null and texts that Postgres is picky about are results, too', async () => {
  for (const result of [undefined, null, 0, '', 'a\0b', '\ud800', { b: 1, a: [null] }]) {
    const which = JSON.stringify(result) ?? 'nothing'
    const results = [await effects.once('answer', which, async () => result)]
    results.push(await effects.once('answer', which, () => assert.fail('it was done')))
    assert.deepEqual(results, [result, result])
  }
})

test('the same effect with other arguments fails for good, however their fields are ordered', async () => {
  const paying = (args: object) => effects.once('pay', { discriminator: 'order_1', args }, pay('order_1'))
  await paying({ amount: 5, currency: 'eur', lines: [{ b: 1, a: 2 }] })
  await paying({ lines: [{ a: 2, b: 1 }], currency: 'eur', amount: 5 })
  await assert.rejects(paying({ amount: 6, currency: 'eur', lines: [{ b: 1, a: 2 }] }), failsAs('effect_mismatch'))
  // Where one side states none, there is nothing to disagree about.
  await effects.once('pay', 'order_1', pay('order_1'))
  assert.deepEqual(await payments(), ['order_1'])
})

test('an effect that fails leaves neither itself nor an entry, and takes place when it is tried again', async () => {
  const failing = effects.once('pay', 'order_1', async (tx) => {
    await pay('order_1')(tx)
    throw new Error('half-way')
  })
  await assert.rejects(failing, /half-way/)
  assert.deepEqual(await payments(), [])
  await effects.once('pay', 'order_1', pay('order_1'))
  assert.deepEqual(await payments(), ['order_1'])
})

test('an effect that swallows an error of its transaction has not taken place', async () => {
  const swallowing = effects.once('pay', 'order_1', async (tx) => {
    await pay('order_1')(tx)
    await tx.query('select 1 / 0').catch(() => undefined)
  })
  await assert.rejects(swallowing, /aborted/)
  assert.deepEqual(await payments(), [])
})

test('of two runs at once, the second waits for the first and gets its result', async () => {
  let release: (() => void) | undefined
  const first = effects.once('pay', 'order_1', async (tx) => {
    const result = await pay('order_1')(tx)
    await new Promise<void>((resolve) => (release = resolve))
    return result
  })
  await eventually(() => assert.ok(release))
  const second = effects.once('pay', 'order_1', () => assert.fail('it was done'))
  await eventually(async () => assert.equal(await waiting(), 1))
  release?.()
  assert.deepEqual(await second, await first)
  assert.deepEqual(await payments(), ['order_1'])
})

test('when the first of two runs rolls back, the second does it', async () => {
  let fail: ((error: Error) => void) | undefined
  const first = effects.once('pay', 'order_1', async (tx) => {
    await pay('first')(tx)
    await new Promise((_resolve, reject) => (fail = reject))
  })
  first.catch(() => undefined)
  await eventually(() => assert.ok(fail))
  const second = effects.once('pay', 'order_1', pay('second'))
  await eventually(async () => assert.equal(await waiting(), 1))
  fail?.(new Error('gone'))
  await assert.rejects(first, /gone/)
  assert.equal((await second).what, 'second')
  assert.deepEqual(await payments(), ['second'])
})

test('twenty runs at once have one effect', async () => {
  const results = await Promise.all(Array.from({ length: 20 }, (_, n) => effects.once('pay', '', pay(`try ${n}`))))
  assert.equal(new Set(results.map(({ what }) => what)).size, 1)
  assert.equal((await payments()).length, 1)
})

test('what cannot be a key is refused before anything is written', async () => {
  await assert.rejects(effects.once('pay/order', 1, pay('x')), TypeError)
  await assert.rejects(effects.once('', 1, pay('x')), TypeError)
  await assert.rejects(effects.once('pay', 'a\0b', pay('x')), TypeError)
  await assert.rejects(effects.once('pay', 'x'.repeat(501), pay('x')), TypeError)
  assert.deepEqual(await payments(), [])
})

async function waiting(): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `select count(*)::integer as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
  )
  return rows[0]?.count ?? 0
}
