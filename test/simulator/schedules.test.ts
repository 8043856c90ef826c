import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { newSecret } from '../../src/providers/new-secret.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { createFaults } from '../../src/simulator/faults.ts'
import { createLedger } from '../../src/simulator/ledger.ts'
import { createRandom } from '../../src/simulator/random.ts'
import { patienceOf, retrySchedule } from '../../src/simulator/retry-schedule.ts'
import { type SenderOptions, createSender } from '../../src/simulator/sender.ts'
import { loadWorld } from '../../src/simulator/worlds.ts'
import { providers } from '../support/providers.ts'

/** A receiver that answers the attempts of an event by their number, from 1. */
async function startReceiver(
  t: TestContext,
  answer: (attempt: number) => Promise<number> | number,
): Promise<{ url: string; arrivals: number[] }> {
  const arrivals: number[] = []
  const server = createServer((request, response) => {
    request.resume()
    arrivals.push(performance.now())
    void Promise.resolve(answer(arrivals.length)).then((status) => response.writeHead(status).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => server.close().closeAllConnections())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, arrivals }
}

async function sendOne(provider: Provider, url: string, options: Partial<SenderOptions> = {}) {
  const world = (await loadWorld(provider, createRandom('one'))) ?? assert.fail()
  const ledger = createLedger()
  const sender = createSender({ ledger, concurrency: 4, retryGapsMs: retrySchedule(1_000), ...options })
  const change = world.change(new Date())
  await sender.send({ hook: { source: 'x', world, url, secret: newSecret(provider).sign }, change, manner: 'genuine' })
  await sender.drain()
  return ledger.sent.map(({ status, willRetry }) => [status, willRetry])
}

test('an endpoint that fails twice is reached at the third attempt, after the gaps that the provider documents', async (t) => {
  const { url, arrivals } = await startReceiver(t, (attempt) => (attempt < 3 ? 503 : 200))
  assert.deepEqual(await sendOne(providers['case-management'], url), [
    [503, true],
    [503, true],
    [200, false],
  ])
  const [first = 0, second = 0, third = 0] = arrivals
  // A minute and five, a thousand times as fast.
  assert.ok(second - first >= 55 && third - second >= 295, arrivals.join(', '))
})

test('a provider that never sends again sends once, and one that does gives up when its schedule ends', async (t) => {
  const { url } = await startReceiver(t, () => 500)
  assert.deepEqual(await sendOne(providers.gitlab, url), [[500, false]])
  const { retryAfterSeconds } = providers['case-management'].delivery
  const attempts = await sendOne(providers['case-management'], url, { retryGapsMs: retrySchedule(1_000_000) })
  assert.equal(attempts.length, retryAfterSeconds.length + 1)
  assert.deepEqual(attempts.at(-1), [500, false])
})

test('an answer that comes after the deadline is none', async (t) => {
  const { url } = await startReceiver(t, async (attempt) => {
    if (attempt === 1) await delay(10_000)
    return 200
  })
  const attempts = await sendOne(providers.slack, url, { patienceMs: () => 1_000 })
  assert.deepEqual(attempts, [
    [undefined, true],
    [200, false],
  ])
  const world = (await loadWorld(providers.slack, createRandom('one'))) ?? assert.fail()
  assert.equal(patienceOf(world), 3_000)
})

test('a sender that is stopped does not wait for its next attempt', async (t) => {
  const { url, arrivals } = await startReceiver(t, () => 503)
  const provider = providers.svix
  const world = (await loadWorld(provider, createRandom('one'))) ?? assert.fail()
  const sender = createSender({ ledger: createLedger(), concurrency: 1, retryGapsMs: () => [3_600_000] })
  const hook = { source: 'x', world, url, secret: newSecret(provider).sign }
  await sender.send({ hook, change: world.change(new Date()), manner: 'genuine' })
  while (arrivals.length === 0) await delay(5)
  await delay(20)
  sender.stop()
  await sender.drain()
  assert.equal(arrivals.length, 1)
})

test('an API with a limit refuses what is above it within a second, for each provider apart', () => {
  let now = 1_000
  const random = createRandom('faults')
  const fault = createFaults({ slow: false, flaky: false, callsPerSecond: 2, random, clock: () => now })
  const call = (provider: string) => fault({ provider, path: '/', query: '', method: 'GET' })
  assert.deepEqual([call('a'), call('a'), call('b')], [undefined, undefined, undefined])
  assert.deepEqual(call('a'), { status: 429, retryAfterSeconds: 1 })
  now += 1_000
  assert.equal(call('a'), undefined)
})

test('an API that is slow and flaky takes seconds, and fails now and then', () => {
  const fault = createFaults({ slow: true, flaky: true, random: createRandom('faults') })
  const faults = Array.from({ length: 300 }, () => fault({ provider: 'a', path: '/', query: '', method: 'GET' }))
  assert.ok(faults.every((one) => (one?.delayMs ?? 0) >= 500))
  assert.deepEqual(new Set(faults.map((one) => one?.status)), new Set([undefined, 503, 429]))
})
