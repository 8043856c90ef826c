import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { createRateLimiter } from '../../src/receiver/rate-limit.ts'
import { type RawAnswer, post } from './raw-connection.ts'
import { type TestReceiver, type TestReceiverOptions, startReceiver } from './start-receiver.ts'
import { type Webhook, testSource, webhook } from './webhooks.ts'

function limiterAt(limit: { perSecond: number; burst: number }) {
  const clock = { ms: 1_000 }
  const limiter = createRateLimiter(limit, () => clock.ms)
  return { clock, limiter, take: limiter.take, giveBack: limiter.giveBack }
}

const takes = (take: () => number, times: number): number =>
  Array.from({ length: times }, take).filter((wait) => wait === 0).length

test('a burst passes at once, then the rate (rows 39, 279)', () => {
  const { clock, take } = limiterAt({ perSecond: 10, burst: 50 })
  assert.equal(
    takes(() => take('a'), 60),
    50,
  )
  assert.ok(Math.abs(take('a') - 100) < 1)
  clock.ms += 1_000
  assert.equal(
    takes(() => take('a'), 60),
    10,
  )
  clock.ms += 60_000
  assert.equal(
    takes(() => take('a'), 60),
    50,
  )
})

test('over any stretch of time no more passes than burst and rate allow: there is no window whose edge lets twice as much through', () => {
  const { clock, take } = limiterAt({ perSecond: 10, burst: 50 })
  let passed = 0
  for (let ms = 0; ms < 3_000; ms++) {
    clock.ms += 1
    passed += takes(() => take('a'), 3)
  }
  assert.ok(passed >= 79 && passed <= 80, String(passed))
})

test('keys have buckets of their own', () => {
  const { take } = limiterAt({ perSecond: 1, burst: 1 })
  assert.equal(take('a'), 0)
  assert.equal(take('b'), 0)
  assert.equal(take('a') > 0, true)
})

test('what is given back can be taken again, and a refusal costs nothing', () => {
  const { clock, take, giveBack } = limiterAt({ perSecond: 1, burst: 2 })
  assert.equal(
    takes(() => take('a'), 5),
    2,
  )
  giveBack('a')
  assert.equal(
    takes(() => take('a'), 5),
    1,
  )
  clock.ms += 1_000
  assert.equal(
    takes(() => take('a'), 5),
    1,
  )
})

test('keys are forgotten when their bucket is full again: a flood of addresses leaves nothing behind', () => {
  const { clock, limiter } = limiterAt({ perSecond: 100, burst: 50 })
  for (let n = 0; n < 10_000; n++) limiter.take(`address-${n}`)
  assert.equal(limiter.size, 10_000)
  clock.ms += 2_000
  limiter.take('one more')
  assert.equal(limiter.size, 1)
})

async function started(context: TestContext, options: TestReceiverOptions): Promise<TestReceiver> {
  const receiver = await startReceiver(options)
  context.after(() => receiver.close())
  return receiver
}

const flood = async ({ port }: TestReceiver, requests: Webhook[]): Promise<RawAnswer[]> => {
  const answers: RawAnswer[] = []
  for (const request of requests) answers.push(await post(port, request))
  return answers
}

const count = (answers: RawAnswer[], status: number): number =>
  answers.filter((answer) => answer.status === status).length

const FORGED = webhook({ secret: 'not the secret' })

test('an address that sends forgeries is 429 after its burst, with the headers that say when to come back (rows 35, 277, 280)', async (context) => {
  const receiver = await started(context, { settings: { rateLimitPerIp: 1, maxInFlight: 50 } })
  const answers = await flood(receiver, Array<Webhook>(60).fill(FORGED))
  assert.ok(count(answers, 401) >= 50, 'the burst is verified, and refused for what it is')
  assert.equal(count(answers, 401) + count(answers, 429), 60)
  const last = answers.findLast(({ status }) => status === 429)
  assert.equal(last?.body, '{"error":{"code":"rate_limited","message":"Too many webhook requests"}}')
  assert.deepEqual(
    ['retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'].map((name) => last?.headers[name]),
    ['1', '50', '0', '1'],
  )
  assert.equal(
    Object.keys(last?.headers ?? {}).some((name) => name.startsWith('x-ratelimit')),
    false,
  )
})

test('genuine traffic does not count against its address: a provider sends all of it from a few', async (context) => {
  const receiver = await started(context, { settings: { rateLimitPerIp: 1, maxInFlight: 50 } })
  const answers = await flood(
    receiver,
    Array.from({ length: 200 }, () => webhook()),
  )
  assert.equal(count(answers, 200), 200)
})

test('guesses at a path count, so that a token is not found by trying', async (context) => {
  const receiver = await started(context, { settings: { rateLimitPerIp: 1, maxInFlight: 50 } })
  const guesses = Array.from({ length: 60 }, (_, n) => ({ ...webhook(), path: `/webhooks/calls/${n}` }))
  assert.equal(count(await flood(receiver, guesses), 429) >= 8, true)
})

test('the limit of a source holds for verified traffic, too, with its burst let through at once', async (context) => {
  const limited = testSource({ rateLimit: { perSecond: 1, burst: 50 } })
  const other = testSource({ id: 'other' })
  const receiver = await started(context, { sources: [limited, other] })
  const answers = await Promise.all(Array.from({ length: 60 }, () => post(receiver.port, webhook())))
  assert.ok(count(answers, 200) >= 50 && count(answers, 429) >= 8, JSON.stringify(answers.map(({ status }) => status)))
  assert.equal(count(answers, 200) + count(answers, 429), 60)
  assert.equal((await post(receiver.port, webhook({ source: other }))).status, 200)
})

test('addresses of one IPv6 network share a bucket, IPv4 addresses do not', async (context) => {
  const receiver = await started(context, {
    settings: { rateLimitPerIp: 0.01, maxInFlight: 1, trustedProxies: ['127.0.0.1'] },
  })
  const from = async (address: string) =>
    (await post(receiver.port, webhook({ secret: 'not the secret', headers: { 'x-forwarded-for': address } }))).status
  assert.equal(await from('2001:db8:0:1::1'), 401)
  assert.equal(await from('2001:db8:0:1:ffff::2'), 429)
  assert.equal(await from('2001:db8:0:2::1'), 401)
  assert.equal(await from('192.0.2.1'), 401)
  assert.equal(await from('192.0.2.2'), 401)
  assert.equal(await from('192.0.2.1'), 429)
})
