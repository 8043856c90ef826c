import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { after, before, beforeEach, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { SealError, createKeyring } from '../../src/sealing/keyring.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type Refusal, createQuarantineLog, openQuarantined } from '../../src/storage/quarantine-log.ts'
import { insertQuarantined, listQuarantine, loadQuarantined, trimQuarantine } from '../../src/storage/quarantine.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let pool: Pool
const keyring = createKeyring([randomBytes(32)])
const errors: unknown[] = []

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())
beforeEach(async () => {
  await pool.query('truncate posthorn.quarantine')
  errors.length = 0
})

const log = (flushEveryMs?: number) =>
  createQuarantineLog({
    pool,
    keyring,
    onError: (error) => errors.push(error),
    ...(flushEveryMs !== undefined && { flushEveryMs }),
  })

const refusal = (overrides: Partial<Refusal> = {}): Refusal => ({
  id: randomUUID(),
  source: 'shop',
  code: 'invalid_signature',
  remoteIp: '192.0.2.1',
  request: {
    method: 'POST',
    url: 'https://hooks.example.com/webhooks/shop',
    headers: { 'x-signature': 'sha256=abc' },
    body: Buffer.from('{"card":"4242"}'),
  },
  ...overrides,
})

/** Rows as if `count` requests had come from an address, one flush each thousand. */
async function flood(remoteIp: string, count: number, bytes = 10): Promise<string[]> {
  const rows = Array.from({ length: count }, () => ({
    id: randomUUID(),
    source: 'shop',
    code: 'invalid_signature',
    remoteIp,
    bytes,
    ageMs: 0,
    sealed: Buffer.of(1),
  }))
  for (let from = 0; from < count; from += 1_000) {
    await insertQuarantined(pool, rows.slice(from, from + 1_000))
    await trimQuarantine(pool)
  }
  return rows.map(({ id }) => id)
}

async function survivors(ids: readonly string[]): Promise<number> {
  const kept = new Set((await listQuarantine(pool, {}, 10_000)).map(({ id }) => id))
  return ids.filter((id) => kept.has(id)).length
}

test('a refused request is kept whole, and nothing of it can be read in the table', async () => {
  const quarantine = log()
  const refused = refusal()
  quarantine.keep(refused)
  await quarantine.flush()
  const [row] = await loadQuarantined(pool, { source: 'shop' }, 10)
  assert.ok(row)
  assert.equal(row.sealed.includes('4242') || row.sealed.includes('sha256') || row.sealed.includes('webhooks'), false)
  assert.deepEqual(openQuarantined(keyring, row), refused.request)
  assert.throws(() => openQuarantined(keyring, { ...row, source: 'other' }), SealError)
  assert.deepEqual(errors, [])
})

test('nothing waits for the database, and what it does not take is given up with a word', async (context) => {
  const broken = database.pool()
  await broken.end()
  const quarantine = createQuarantineLog({ pool: broken, keyring, onError: (error) => errors.push(error) })
  quarantine.keep(refusal())
  await quarantine.flush()
  assert.equal(errors.length, 1)
  context.diagnostic(String(errors[0]))
})

test('a flood is sampled before it costs a write, and large bodies are left out', async () => {
  const quarantine = log()
  for (let n = 0; n < 5_000; n += 1) quarantine.keep(refusal())
  quarantine.keep(refusal({ source: 'other', request: { ...refusal().request, body: Buffer.alloc(1024 * 1024 + 1) } }))
  quarantine.keep(refusal({ source: 'other' }))
  await quarantine.flush()
  assert.equal((await listQuarantine(pool, { source: 'shop' }, 1_000)).length, 50)
  assert.equal((await listQuarantine(pool, { source: 'other' }, 1_000)).length, 1)
})

const sized = (source: string, bytes: number): Refusal =>
  refusal({ source, request: { ...refusal().request, body: Buffer.alloc(bytes) } })

test('large requests that one source is flooded with take no room from another', async () => {
  const quarantine = log()
  for (let n = 0; n < 20; n += 1) quarantine.keep(sized('flooded', 1024 * 1024))
  for (let n = 0; n < 3; n += 1) quarantine.keep(sized('quiet', 500_000))
  await quarantine.flush()
  assert.equal((await listQuarantine(pool, { source: 'quiet' }, 100)).length, 3)
  assert.equal((await listQuarantine(pool, { source: 'flooded' }, 100)).length, 6)
})

test('while Postgres takes its time nothing piles up, and what is written late says when it came', async () => {
  const quarantine = log(5)
  const blocker = await pool.connect()
  await blocker.query('begin; lock table posthorn.quarantine in exclusive mode')
  for (let wave = 0; wave < 8; wave += 1) {
    for (let n = 0; n < 100; n += 1) quarantine.keep(refusal())
    await delay(25)
  }
  // An age is taken when a request is written, and counts from when the statement runs: in between a machine may be busy.
  await delay(500)
  const { rows } = await blocker.query<{ now: Date }>('select clock_timestamp() as now')
  await delay(500)
  await blocker.query('commit')
  blocker.release()
  await quarantine.flush()
  assert.deepEqual(errors, [])
  const kept = await listQuarantine(pool, {}, 1_000)
  // What was being written, and what one buffer holds.
  assert.equal(kept.length, 100)
  for (const { receivedAt } of kept) assert.ok(receivedAt < (rows[0] as { now: Date }).now)
})

test('a flood from elsewhere takes no room from an address that sends little', async () => {
  const genuine = await flood('192.0.2.1', 20)
  await flood('198.51.100.7', 3_000)
  assert.equal(await survivors(genuine), 20)
  assert.equal((await listQuarantine(pool, {}, 10_000)).length, 1_000)
})

test('the addresses of one IPv6 network count as one', async () => {
  const genuine = await flood('2001:db8:1::1', 20)
  const rows = Array.from({ length: 2_000 }, (_, n) => ({ n, remoteIp: `2001:db8:2::${n.toString(16)}` }))
  await insertQuarantined(
    pool,
    rows.map(({ remoteIp }) => ({ ...refusal(), remoteIp, bytes: 1, ageMs: 0, sealed: Buffer.of(1) })),
  )
  await trimQuarantine(pool)
  assert.equal(await survivors(genuine), 20)
})

test('a flood through the same address thins out what was there, and does not wash it away', async () => {
  const genuine = await flood('192.0.2.1', 400)
  await flood('192.0.2.1', 5_000)
  const left = await survivors(genuine)
  // A fair share is 74.
  assert.ok(left > 30 && left < 150, `${left} of 400 are left`)
})

test('bytes are bounded over all, and after three days everything goes', async () => {
  const large = await flood('192.0.2.1', 80, 1024 * 1024)
  assert.equal(await survivors(large), 64)
  await pool.query(`update posthorn.quarantine set received_at = now() - interval '73 hours'`)
  assert.deepEqual(await listQuarantine(pool, {}, 10), [])
  assert.equal(await trimQuarantine(pool), 64)
})
