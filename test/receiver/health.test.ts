import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { HealthCheck } from '../../src/receiver/health.ts'
import { type RawAnswer, connect, request, requestHead } from './raw-connection.ts'
import { type TestReceiver, startReceiver } from './start-receiver.ts'

/** A dependency that a test can break. */
function dependency(name: string, keepsEvents: boolean) {
  const state = { up: true, calls: 0 }
  const check: HealthCheck = {
    name,
    keepsEvents,
    check: () => {
      state.calls += 1
      return Promise.resolve(state.up)
    },
  }
  return { state, check }
}

async function started(context: TestContext, health: HealthCheck[]): Promise<TestReceiver> {
  const receiver = await startReceiver({ health })
  context.after(() => receiver.close())
  return receiver
}

const get = ({ port }: TestReceiver, path: string, method = 'GET'): Promise<RawAnswer> =>
  request(port, { method, path })

const READINESS = ['/webhooks/health', '/health/ready']

test('health is 200 while events can be made durable, names each dependency, and answers GET and HEAD (rows 36, 37)', async (context) => {
  const postgres = dependency('postgres', true)
  const temporal = dependency('temporal', false)
  const receiver = await started(context, [postgres.check, temporal.check])
  const healthy = '{"status":"healthy","dependencies":{"postgres":"up","temporal":"up"}}'
  for (const path of READINESS) {
    assert.deepEqual([(await get(receiver, path)).status, (await get(receiver, path)).body], [200, healthy])
    assert.deepEqual([(await get(receiver, path, 'HEAD')).status, (await get(receiver, path, 'HEAD')).body], [200, ''])
    assert.equal((await get(receiver, path)).headers['cache-control'], 'no-store')
  }
})

test('without what durability needs, health is 503; without the rest it is not', async (context) => {
  const postgres = dependency('postgres', true)
  const temporal = dependency('temporal', false)
  const receiver = await started(context, [postgres.check, temporal.check])
  temporal.state.up = false
  assert.deepEqual(
    (await get(receiver, '/webhooks/health')).body,
    '{"status":"healthy","dependencies":{"postgres":"up","temporal":"down"}}',
  )
  postgres.state.up = false
  for (const path of READINESS) {
    const { status, body } = await get(receiver, path)
    assert.deepEqual(
      [status, body],
      [503, '{"status":"unhealthy","dependencies":{"postgres":"down","temporal":"down"}}'],
    )
  }
  assert.equal((await get(receiver, '/webhooks/health', 'HEAD')).status, 503)
  const live = await get(receiver, '/health/live')
  assert.deepEqual([live.status, live.body], [200, '{"status":"healthy"}'])
})

test('a dependency that rejects is down, and so is one that does not answer', async (context) => {
  const failing: HealthCheck = { name: 'failing', keepsEvents: true, check: () => Promise.reject(new Error('refused')) }
  const silent: HealthCheck = { name: 'silent', keepsEvents: true, check: () => new Promise(() => undefined) }
  const receiver = await started(context, [failing, silent])
  assert.match((await get(receiver, '/health/ready')).body, /"failing":"down","silent":"down"/)
})

test('however many ask, a dependency is asked once at a time: health is open to everybody', async (context) => {
  const waiting: (() => void)[] = []
  const check = (): Promise<boolean> => new Promise((resolve) => waiting.push(() => resolve(true)))
  const receiver = await started(context, [{ name: 'postgres', keepsEvents: true, check }])
  const connections = await Promise.all(Array.from({ length: 50 }, () => connect(receiver.port)))
  for (const connection of connections) connection.send(requestHead({ method: 'GET', path: '/webhooks/health' }))
  // Read after all of them.
  assert.equal((await get(receiver, '/health/live')).status, 200)
  assert.equal(waiting.length, 1)
  waiting[0]?.()
  const answers = await Promise.all(connections.map((connection) => connection.answer()))
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  for (const { socket } of connections) socket.destroy()
})

test('other methods on a health path are 405, and below it is nothing', async (context) => {
  const receiver = await started(context, [])
  const answer = await get(receiver, '/webhooks/health', 'POST')
  assert.deepEqual([answer.status, answer.headers['allow']], [405, 'GET, HEAD'])
  assert.equal((await get(receiver, '/health')).status, 404)
})
