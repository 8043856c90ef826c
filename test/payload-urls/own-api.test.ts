import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import type { EventRef } from '../../src/domain/event.ts'
import { createFetchUrl } from '../../src/payload-urls/fetch-url.ts'
import { type ProviderAccess, createProviderAccess } from '../../src/provider-access/provider-access.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { type StandInApi, startStandInApi } from '../provider-access/stand-in-api.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let access: ProviderAccess
let own: StandInApi
let other: StandInApi
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())
beforeEach(async () => {
  const pool = database.pool()
  await pool.query('truncate posthorn.breakers, posthorn.api_budgets')
  access = createProviderAccess({
    pool,
    metrics: createMetrics(),
    logger: createLogger({ level: 'silent', name: 't' }),
  })
  ;[own, other] = [await startStandInApi(), await startStandInApi()]
})
afterEach(() => {
  own.close()
  other.close()
})

const sourceWith = (budget?: { ratePerSecond: number; burst: number }) =>
  toySource({
    urls: { hosts: [], loopback: true },
    api: { token: 'secret', baseUrl: own.url, ...(budget && { budget }) },
  })

/** The status, or the code of the error. */
async function fetched(url: string, source = sourceWith()): Promise<unknown> {
  const fetchUrl = createFetchUrl({ sources: new Map([['toy', source]]), access, isProduction: false })
  try {
    const { status, body } = await fetchUrl({ source: 'toy' } as EventRef, url, { maxBytes: 1_000 })
    body.resume()
    return status
  } catch (error) {
    const { code, type, name } = error as { code?: string; type?: string; name: string }
    return code ?? type ?? name
  }
}

const recording = ({ url }: StandInApi): string => `${url}/a.wav`

test('files of the source’s own API stand behind its breaker, and other hosts do not', async () => {
  own.answer = () => ({ status: 503 })
  for (let n = 0; n < 5; n += 1) assert.equal(await fetched(recording(own)), 'provider_error')
  const asked = own.asked.length
  assert.equal(await fetched(recording(own)), 'provider_breaker_open')
  await assert.rejects(access.api(sourceWith(), 'live').get('/thing'), { code: 'provider_breaker_open' })
  assert.equal(own.asked.length, asked)
  assert.equal(await fetched(recording(other)), 200)
})

test('a file that is not there, or is refused, is an answer', async () => {
  for (const [status, code] of [
    [503, 'provider_error'],
    [404, 'UrlNotReady'],
    [403, 'url_refused_403'],
  ] as const) {
    own.answer = () => ({ status })
    for (let n = 0; n < 4; n += 1) assert.equal(await fetched(recording(own)), code)
  }
})

test('a file of the source’s own API is one call of its budget, wherever it is redirected to', async () => {
  const source = sourceWith({ ratePerSecond: 0.001, burst: 1 })
  own.answer = () => (own.asked.length % 2 === 1 ? { status: 302, headers: { location: '/b.wav' } } : { status: 200 })
  assert.equal(await fetched(recording(own), source), 200)
  assert.equal(own.asked.length, 2)
  assert.equal(await fetched(recording(own), source), 'provider_budget_spent')
  assert.equal(await fetched(recording(other), source), 200)
})
