import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import {
  closeBreaker,
  forgetOutages,
  readBreakers,
  recordOutage,
  reopenBreaker,
  takeProbe,
} from '../../src/storage/breakers.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let pool: Pool
before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 20 })
})
after(() => database.drop())
beforeEach(() => pool.query('truncate posthorn.breakers'))

const outage = { source: 'shop', error: '503', probeInMs: 0, sinceMs: 0 }
const stateOf = async () => (await readBreakers(pool)).get('shop')

async function open(probeInMs = 0): Promise<void> {
  for (let n = 0; n < 3; n += 1) await recordOutage(pool, { ...outage, probeInMs }, 3)
}

const probe = (owner: string, deadlineMs = 60_000) => takeProbe(pool, { source: 'shop', owner, deadlineMs })

test('outages in a row open the breaker, and the one that does is told', async () => {
  const told = []
  for (let n = 0; n < 5; n += 1) told.push(await recordOutage(pool, { ...outage, probeInMs: 60_000 }, 3))
  assert.deepEqual(told, [false, false, true, false, false])
  const breaker = await stateOf()
  assert.equal(breaker?.state, 'open')
  assert.ok((breaker?.tryInMs ?? 0) > 50_000, 'later outages do not move the probe')
})

test('an answer ends the row', async () => {
  await recordOutage(pool, outage, 3)
  await recordOutage(pool, outage, 3)
  await forgetOutages(pool, 'shop')
  assert.equal(await recordOutage(pool, outage, 3), false)
  assert.deepEqual([(await stateOf())?.state, (await stateOf())?.failures], ['closed', 1])
})

test('calls that began before the API recovered, and time out after it, do not open the breaker again', async () => {
  await open()
  const owner = randomUUID()
  await probe(owner)
  assert.ok(await closeBreaker(pool, 'shop', owner))
  for (let n = 0; n < 5; n += 1) assert.equal(await recordOutage(pool, { ...outage, sinceMs: 60_000 }, 3), false)
  assert.deepEqual([(await stateOf())?.state, (await stateOf())?.failures], ['closed', 0])
  await open()
  assert.equal((await stateOf())?.state, 'open', 'what fails since then counts')
})

test('of any number that try, one has the probe', async () => {
  await open()
  const taken = await Promise.all(Array.from({ length: 40 }, () => probe(randomUUID())))
  assert.equal(taken.filter((failedProbes) => failedProbes !== undefined).length, 1)
})

test('before its time there is no probe', async () => {
  await open(60_000)
  assert.equal(await probe(randomUUID()), undefined)
})

test('a probe that succeeds closes the breaker, and recovery begins', async () => {
  await open()
  const owner = randomUUID()
  await probe(owner)
  assert.equal(await closeBreaker(pool, 'shop', owner), true)
  const breaker = await stateOf()
  assert.deepEqual([breaker?.state, breaker?.failures, breaker?.openedAt], ['closed', 0, undefined])
  assert.ok((breaker?.recoveredMs ?? Infinity) < 10_000)
})

test('a probe that fails opens it again and is counted', async () => {
  await open()
  for (const before of [0, 1, 2]) {
    const owner = randomUUID()
    assert.equal(await probe(owner), before)
    assert.equal(await reopenBreaker(pool, outage, owner), true)
  }
  assert.equal((await stateOf())?.state, 'open')
})

test('a probe whose owner died is anybody’s after its deadline, and the late word of the first changes nothing', async () => {
  await open()
  const [dead, next] = [randomUUID(), randomUUID()]
  await probe(dead, 0)
  assert.equal(await probe(next), 0)
  assert.equal(await closeBreaker(pool, 'shop', dead), false)
  assert.equal(await reopenBreaker(pool, outage, dead), false)
  assert.equal((await stateOf())?.state, 'half_open')
  assert.equal(await closeBreaker(pool, 'shop', next), true)
})
