import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { ApplicationFailure } from '@temporalio/common'
import type { CallTerms, Effects, LookUp } from 'posthorn/activity'
import { createEffects } from '../../src/effects/effects.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

const DAY_MS = 24 * 3_600_000

interface Charge {
  id: string
  amount: number
}

let database: TestDatabase
let pool: Pool
let run = { key: randomUUID(), handler: 'settle', attempt: 1 }
let effects: Effects
/** The keys with which the other side was called. */
let keys: string[] = []

before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 10 })
  effects = createEffects({ pool, currentRun: () => run })
})
after(() => database.drop())
beforeEach(() => {
  run = { key: randomUUID(), handler: 'settle', attempt: 1 }
  keys = []
})

const TERMS: CallTerms<Charge> = { discriminator: 'order_1', keyLifetimeMs: DAY_MS }

const charge = async (key: string): Promise<Charge> => {
  keys.push(key)
  return { id: `ch_${keys.length}`, amount: 5 }
}

/** The call left, and its answer was never heard. */
async function chargeUnheard(terms = TERMS): Promise<void> {
  const call = effects.callOnce('charge', terms, async (key) => {
    await charge(key)
    throw new Error('connection reset')
  })
  await assert.rejects(call, /connection reset/)
}

const age = (hours: number) =>
  pool.query(`update posthorn.effect_ledger set started_at = started_at - make_interval(hours => $1) where key = $2`, [
    hours,
    run.key,
  ])

const failsAs = (code: string) => (error: unknown) =>
  error instanceof ApplicationFailure && error.type === code && error.nonRetryable === true

test('a call that was answered is not made again, and its answer comes back', async () => {
  const first = await effects.callOnce('charge', TERMS, charge)
  run.attempt = 2
  assert.deepEqual(await effects.callOnce('charge', TERMS, charge), first)
  await age(1_000)
  assert.deepEqual(await effects.callOnce('charge', TERMS, charge), { id: 'ch_1', amount: 5 })
  assert.equal(keys.length, 1)
})

test('the intent is committed before the call leaves', async () => {
  await effects.callOnce('charge', TERMS, async (key) => {
    const { rows } = await pool.query('select name, finished_at from posthorn.effect_ledger where key = $1', [run.key])
    assert.deepEqual(rows, [{ name: 'charge', finished_at: null }])
    return charge(key)
  })
})

test('a call whose end is unknown is made again with the same key while the other side knows it', async () => {
  await chargeUnheard()
  await age(23)
  await chargeUnheard()
  run.attempt = 2
  assert.deepEqual(await effects.callOnce('charge', TERMS, charge), { id: 'ch_3', amount: 5 })
  assert.equal(keys.length, 3)
  assert.deepEqual(new Set(keys), new Set([effects.idempotencyKey('charge', 'order_1')]))
})

test('each effect has a key of its own, and it never changes', () => {
  run = { key: '0b7b1b9e-5a1c-4f3d-8c2e-1f2a3b4c5d6e', handler: 'settle', attempt: 7 }
  const key = effects.idempotencyKey('charge', 'order_1')
  assert.equal(key, '47253268-0849-59e2-841a-fd56283d80f8')
  const others = [effects.idempotencyKey('refund', 'order_1'), effects.idempotencyKey('charge', 'order_2')]
  run.handler = 'other'
  others.push(effects.idempotencyKey('charge', 'order_1'))
  run = { ...run, key: randomUUID(), handler: 'settle' }
  others.push(effects.idempotencyKey('charge', 'order_1'))
  assert.equal(new Set([key, ...others]).size, 5)
})

test('when the key may be forgotten and nobody can look, the call is parked and never made again', async () => {
  await chargeUnheard()
  await age(25)
  for (let attempt = 2; attempt < 5; attempt += 1) {
    run.attempt = attempt
    await assert.rejects(effects.callOnce('charge', TERMS, charge), failsAs('effect_uncertain'))
  }
  assert.equal(keys.length, 1)
})

const looking = (answer: LookUp<Charge>): CallTerms<Charge> => ({
  ...TERMS,
  lookUp: async (key) => {
    assert.equal(key, effects.idempotencyKey('charge', 'order_1'))
    return answer
  },
})

test('when the other side does not know either, the call is parked', async () => {
  await chargeUnheard()
  await age(25)
  await assert.rejects(effects.callOnce('charge', looking('unknown'), charge), failsAs('effect_uncertain'))
  assert.equal(keys.length, 1)
})

test('a call that is found at the other side is not made again', async () => {
  await chargeUnheard()
  await age(25)
  const found = { id: 'ch_found', amount: 5 }
  assert.deepEqual(await effects.callOnce('charge', looking({ found: true, result: found }), charge), found)
  assert.deepEqual(await effects.callOnce('charge', TERMS, charge), found, 'what was found is kept')
  assert.equal(keys.length, 1)
})

test('a call that certainly never took place is made, and its key lives anew', async () => {
  await chargeUnheard()
  await age(25)
  await chargeUnheard(looking({ found: false }))
  assert.deepEqual(await effects.callOnce('charge', TERMS, charge), { id: 'ch_3', amount: 5 })
  assert.equal(new Set(keys).size, 1)
})

test('a call that was refused was never begun: it is made whenever the reason is gone', async () => {
  const terms = { ...TERMS, keyLifetimeMs: 0, tookNoPlace: (error: unknown) => (error as Error).message === 'refused' }
  const refuse = async (key: string): Promise<Charge> => {
    await charge(key)
    throw new Error('refused')
  }
  for (const _ of [1, 2]) await assert.rejects(effects.callOnce('charge', terms, refuse), /refused/)
  await age(100)
  assert.deepEqual(await effects.callOnce('charge', terms, charge), { id: 'ch_3', amount: 5 })
  assert.equal(new Set(keys).size, 1)
})

test('a refusal says nothing of a call before it that was not heard', async () => {
  const terms = { ...TERMS, tookNoPlace: () => true }
  await chargeUnheard()
  const again = effects.callOnce('charge', terms, async () => Promise.reject(new Error('refused')))
  await assert.rejects(again, /refused/)
  await age(25)
  await assert.rejects(effects.callOnce('charge', terms, charge), failsAs('effect_uncertain'))
})

/** As Postgres does, or any host, when it cannot be reached. */
const connectRefused = () => Object.assign(new Error('connect ECONNREFUSED'), { syscall: 'connect' })

test('a call that took place stays begun when its result cannot be written down', async () => {
  const terms = { ...TERMS, tookNoPlace: (error: unknown) => (error as { syscall?: string }).syscall === 'connect' }
  // Away while the result is to be written, and back for whoever would take the intent away.
  const query = (config: { name?: string }, ...rest: unknown[]) =>
    config.name === 'effect-finish' ? Promise.reject(connectRefused()) : pool.query(config as string, rest[0] as [])
  const failing = createEffects({ pool: { query } as unknown as Pool, currentRun: () => run })
  const unwritten = failing.callOnce('charge', terms, charge)
  await assert.rejects(unwritten, /ECONNREFUSED/)
  await age(25)
  await assert.rejects(effects.callOnce('charge', terms, charge), failsAs('effect_uncertain'))
  assert.equal(keys.length, 1)
})

test('a try that is refused late says nothing of a call that another try has made meanwhile', async () => {
  const terms = { ...TERMS, tookNoPlace: (error: unknown) => (error as { syscall?: string }).syscall === 'connect' }
  let refuse = (_error: Error): void => undefined
  let begun = (): void => undefined
  const isBegun = new Promise<void>((resolve) => (begun = resolve))
  const hanging = effects.callOnce('charge', terms, () => {
    begun()
    return new Promise<Charge>((_resolve, reject) => (refuse = reject))
  })
  await isBegun
  await chargeUnheard(terms)
  refuse(connectRefused())
  await assert.rejects(hanging, /ECONNREFUSED/)
  await age(25)
  await assert.rejects(effects.callOnce('charge', terms, charge), failsAs('effect_uncertain'))
  assert.equal(keys.length, 1)
})

test('a call that is made again is as old as it was', async () => {
  await chargeUnheard()
  await age(20)
  await chargeUnheard()
  await age(5)
  await assert.rejects(effects.callOnce('charge', TERMS, charge), failsAs('effect_uncertain'))
  assert.equal(keys.length, 2)
})

test('what another try finishes while the other side is asked is not done again', async () => {
  await chargeUnheard()
  await age(25)
  const terms: CallTerms<Charge> = {
    ...TERMS,
    lookUp: async () => {
      const heard = { result: JSON.stringify({ id: 'ch_1', amount: 5 }), key: run.key }
      await pool.query('update posthorn.effect_ledger set finished_at = now(), result = $1 where key = $2', [
        heard.result,
        heard.key,
      ])
      return { found: false }
    },
  }
  await assert.rejects(effects.callOnce('charge', terms, charge), /looked at again/)
  assert.deepEqual(await effects.callOnce('charge', terms, charge), { id: 'ch_1', amount: 5 })
  assert.equal(keys.length, 1)
})

test('what was undone is done anew by the next attempt under another key, and what that has done stands', async () => {
  await effects.callOnce('charge', TERMS, charge)
  await effects.once('record', '', async () => 'first')
  const undo = async () => {
    await effects.undone('charge', 'order_1')
    await effects.undone('record', '')
  }
  await undo()
  run.attempt = 2
  assert.deepEqual(await effects.callOnce('charge', TERMS, charge), { id: 'ch_2', amount: 5 })
  assert.equal(await effects.once('record', '', async () => 'second'), 'second')
  assert.equal(new Set(keys).size, 2)
  // The activity that undid it is tried again, for its end was not heard.
  run.attempt = 1
  await undo()
  run.attempt = 3
  assert.deepEqual(await effects.callOnce('charge', TERMS, charge), { id: 'ch_2', amount: 5 })
  assert.equal(await effects.once('record', '', () => assert.fail('it was done')), 'second')
})

test('two attempts at once call with one key, and agree on the result', async () => {
  const results = await Promise.all(Array.from({ length: 5 }, () => effects.callOnce('charge', TERMS, charge)))
  assert.equal(new Set(keys).size, 1)
  assert.equal(new Set(results.map(({ id }) => id)).size, 1)
})

test('the same call with other arguments fails for good', async () => {
  const withAmount = (amount: number) => ({ ...TERMS, args: { amount } })
  await chargeUnheard(withAmount(5))
  await assert.rejects(effects.callOnce('charge', withAmount(6), charge), failsAs('effect_mismatch'))
  assert.equal(keys.length, 1)
})

test('a call and an effect of the database do not pass for each other', async () => {
  await chargeUnheard()
  const asEffect = effects.once('charge', 'order_1', () => assert.fail('it was done'))
  await assert.rejects(asEffect, failsAs('effect_mismatch'))
})
