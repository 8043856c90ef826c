import assert from 'node:assert/strict'
import { type TestContext, after, afterEach, before, beforeEach, test } from 'node:test'
import { type ProviderAccess, createProviderAccess } from '../../src/provider-access/provider-access.ts'
import { ApiError } from '../../src/providers/api.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { toySource } from '../support/toy-source.ts'
import { type StandInApi, startStandInApi } from './stand-in-api.ts'

let database: TestDatabase
let pool: Pool
let api: StandInApi
before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 20 })
})
after(() => database.drop())
beforeEach(async () => {
  await pool.query('truncate posthorn.breakers, posthorn.api_budgets')
  api = await startStandInApi()
})
afterEach(() => api.close())

const metrics = createMetrics()
const logger = createLogger({ level: 'silent', name: 'test' })
/** As a process of its own would have it. */
const createAccess = (): ProviderAccess => createProviderAccess({ pool, metrics, logger })
const source = (budget?: { ratePerSecond: number; burst: number }) =>
  toySource({ api: { token: 't', baseUrl: api.url, ...(budget && { budget }) } })

type Result = { status: number } | { code: string; retryAfterMs: number | undefined }

/** One call: what came of it. */
async function call(access: ProviderAccess, toy = source(), purpose: 'live' | 'replay' = 'live'): Promise<Result> {
  try {
    return { status: (await access.api(toy, purpose).get('/thing')).status }
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error))
    return { code: error.code, retryAfterMs: error.retryAfterMs }
  }
}

const codeOf = (result: Result): string | number => ('code' in result ? result.code : result.status)
const breakerState = async (): Promise<string | undefined> =>
  (await pool.query<{ state: string }>('select state from posthorn.breakers')).rows[0]?.state

/** Five outages in a row, and a probe that is due at once unless `probeInMs` says otherwise. */
async function breakApi(access: ProviderAccess): Promise<void> {
  api.answer = () => ({ status: 503 })
  for (let n = 0; n < 5; n += 1) assert.equal(codeOf(await call(access)), 'provider_error')
  assert.equal(await breakerState(), 'open')
}

const makeProbeDue = () => pool.query(`update posthorn.breakers set probe_at = now() where state = 'open'`)

test('outages in a row shut the API for every process; nothing more is asked of it', async () => {
  const [one, other] = [createAccess(), createAccess()]
  await breakApi(one)
  const asked = api.asked.length
  for (const access of [one, other]) {
    const refused = await call(access)
    assert.equal(codeOf(refused), 'provider_breaker_open')
    assert.ok('retryAfterMs' in refused && (refused.retryAfterMs ?? 0) > 0)
  }
  assert.equal(api.asked.length, asked)
})

test('an answer between outages, also a refusal, keeps the API open', async () => {
  const access = createAccess()
  for (let n = 0; n < 12; n += 1) {
    api.answer = () => ({ status: n % 4 === 3 ? 403 : 503 })
    await call(access)
  }
  assert.equal(await breakerState(), 'closed')
  assert.equal(api.asked.length, 12)
})

test('when its time has come exactly one of many processes probes, and its success opens the way', async () => {
  const accesses = Array.from({ length: 10 }, createAccess)
  await breakApi(accesses[0] as ProviderAccess)
  await makeProbeDue()
  const asked = api.asked.length
  // The probe hangs, so that everybody else meets the half-open breaker.
  api.answer = () => undefined
  // Connections are made beforehand: none may be so slow that it sees what another has done.
  await Promise.all(accesses.map(() => pool.query('select pg_sleep(0.2)')))
  let refused = 0
  const calls = accesses.map(async (access) => {
    const result = await call(access)
    refused += 1
    return result
  })
  // All but the one that probes.
  await eventually(() => refused === accesses.length - 1)
  const others = await Promise.all([call(createAccess()), call(createAccess())])
  assert.deepEqual(others.map(codeOf), ['provider_breaker_open', 'provider_breaker_open'])
  api.answer = () => ({ status: 200 })
  api.release({ status: 200 })
  const results = (await Promise.all(calls)).map(codeOf)
  assert.equal(api.asked.length, asked + 1)
  assert.deepEqual(results.sort(), [200, ...Array<string>(9).fill('provider_breaker_open')])
  assert.equal(await breakerState(), 'closed')
  assert.equal(codeOf(await call(createAccess())), 200)
})

test('a probe that fails keeps the API shut for longer, and lets others probe before its own caller', async () => {
  const access = createAccess()
  await breakApi(access)
  await makeProbeDue()
  const probe = await call(createAccess())
  assert.equal(codeOf(probe), 'provider_error')
  const { rows } = await pool.query<{ ms: number }>(
    'select extract(epoch from probe_at - now())::float8 * 1000 as ms from posthorn.breakers',
  )
  const nextProbeMs = rows[0]?.ms ?? 0
  assert.ok(nextProbeMs > 5_000, `${nextProbeMs} ms: twice the first interval, less what has passed`)
  assert.ok('retryAfterMs' in probe && (probe.retryAfterMs ?? 0) > nextProbeMs + 4_000)
})

test('the provider’s Retry-After is when it is probed', async () => {
  const access = createAccess()
  api.answer = () => ({ status: 429, headers: { 'retry-after': '40' } })
  for (let n = 0; n < 5; n += 1) await call(access)
  const refused = await call(access)
  assert.equal(codeOf(refused), 'provider_breaker_open')
  assert.ok('retryAfterMs' in refused && (refused.retryAfterMs ?? 0) >= 39_000)
})

test('calls that were under way when the API went silent do not shut it again once it has recovered', async () => {
  const access = createAccess()
  api.answer = () => undefined
  const late = Array.from({ length: 6 }, () => call(access))
  await eventually(() => api.asked.length === late.length)
  await breakApi(access)
  await makeProbeDue()
  api.answer = () => ({ status: 200 })
  assert.equal(codeOf(await call(createAccess())), 200)
  api.release({ status: 503 })
  assert.deepEqual((await Promise.all(late)).map(codeOf), Array<string>(6).fill('provider_error'))
  assert.equal(await breakerState(), 'closed')
})

test('a probe whose process died does not keep the API shut for ever', async () => {
  await breakApi(createAccess())
  await makeProbeDue()
  api.answer = () => undefined
  const asked = api.asked.length
  const dead = call(createAccess())
  await eventually(() => api.asked.length > asked)
  await eventually(async () => assert.equal(await breakerState(), 'half_open'))
  await pool.query('update posthorn.breakers set probe_deadline = now()')
  api.answer = () => ({ status: 200 })
  assert.equal(codeOf(await call(createAccess())), 200)
  assert.equal(await breakerState(), 'closed')
  api.release({ status: 503 })
  await dead
  assert.equal(await breakerState(), 'closed', 'the late word of a lost probe changes nothing')
})

test('a budget is one for all processes, and whoever gets nothing is told when to come back', async (t: TestContext) => {
  const toy = source({ ratePerSecond: 0.001, burst: 12 })
  const accesses = Array.from({ length: 4 }, createAccess)
  const results = await Promise.all(Array.from({ length: 40 }, (_, n) => call(accesses[n % 4] as ProviderAccess, toy)))
  const made = results.filter((result) => 'status' in result).length
  assert.equal(made, 12)
  assert.equal(api.asked.length, 12)
  const waits = results.flatMap((result) => ('retryAfterMs' in result ? [result.retryAfterMs ?? 0] : []))
  t.diagnostic(`${made} calls made, ${waits.length} sent away`)
  assert.equal(new Set(waits.map((wait) => Math.round(wait / 1_000_000))).size, 28, 'each has a turn of its own')
})

test('replays leave room for live work', async () => {
  const toy = source({ ratePerSecond: 0.001, burst: 10 })
  const [replaying, live] = [createAccess(), createAccess()]
  const replayed = await Promise.all(Array.from({ length: 20 }, () => call(replaying, toy, 'replay')))
  assert.equal(replayed.filter((result) => 'status' in result).length, 5)
  const lived = await Promise.all(Array.from({ length: 5 }, () => call(live, toy)))
  assert.deepEqual(lived.map(codeOf), Array(5).fill(200))
})

test('a busy budget costs far fewer round trips than calls', async (t: TestContext) => {
  const counted = database.pool()
  let leases = 0
  const query = counted.query.bind(counted) as (...args: unknown[]) => unknown
  counted.query = ((...args: unknown[]) => {
    if ((args[0] as { name?: string }).name === 'api-budgets-lease') leases += 1
    return query(...args)
  }) as Pool['query']
  const access = createProviderAccess({ pool: counted, metrics, logger })
  const toy = source({ ratePerSecond: 1_000, burst: 1_000 })
  for (let n = 0; n < 300; n += 1) assert.equal(codeOf(await call(access, toy)), 200)
  t.diagnostic(`${leases} leases for 300 calls`)
  assert.ok(leases < 30, `${leases} leases`)
})
