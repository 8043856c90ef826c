/** Nothing that is sent may grow the receiver's memory without bound. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Accepted, IncomingEvent } from '../../src/storage/inbox.ts'
import { eventually } from '../support/eventually.ts'
import { connect, post, request, requestBytes, requestHead } from './raw-connection.ts'
import { type TestReceiver, inboxThat, startReceiver } from './start-receiver.ts'
import { testSource, webhook } from './webhooks.ts'

const MIB = 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** What is discarded stays in memory until the collector comes round: only what is left after it was kept. */
function bytesKept(): number {
  collectGarbage()
  return process.memoryUsage().arrayBuffers
}

/** A receiver whose inbox commits nothing before `commit` is called. */
async function startStuck(
  context: TestContext,
  settings: { maxInFlight?: number; maxInFlightBytes?: number },
  sources = [testSource({ maxBodyBytes: 10 * MIB })],
) {
  const waiting: (() => void)[] = []
  const accept = ({ eventId }: IncomingEvent) =>
    new Promise<Accepted>((resolve) => waiting.push(() => resolve({ acceptance: 'new', key: eventId })))
  const inbox = inboxThat(accept)
  const receiver = await startReceiver({ inbox, settings, sources })
  const commit = (): void => {
    for (const resolve of waiting.splice(0)) resolve()
  }
  context.after(() => {
    commit()
    return receiver.close()
  })
  return { receiver, waiting, commit }
}

const inFlight = async (receiver: TestReceiver): Promise<number | undefined> =>
  (await receiver.metrics.inFlight.get()).values[0]?.value

test('above the bound a request is 503 with Retry-After, and served again as soon as there is room (row 40)', async (context) => {
  const { receiver, waiting, commit } = await startStuck(context, { maxInFlight: 3 })
  const held = Array.from({ length: 3 }, () => post(receiver.port, webhook()))
  await eventually(() => waiting.length === 3)
  const shed = await post(receiver.port, webhook())
  assert.deepEqual([shed.status, shed.headers['retry-after']], [503, '1'])
  assert.match(shed.body, /"code":"overloaded"/)
  assert.equal((await request(receiver.port, { method: 'HEAD', path: '/webhooks/calls' })).status, 200)
  commit()
  assert.deepEqual(
    (await Promise.all(held)).map(({ status }) => status),
    [200, 200, 200],
  )
  const next = post(receiver.port, webhook())
  await eventually(() => waiting.length === 1)
  commit()
  assert.equal((await next).status, 200)
  assert.equal(await inFlight(receiver), 0)
})

test('the bound on bytes counts what has come, and frees it with the answer', async (context) => {
  const { receiver, waiting, commit } = await startStuck(context, { maxInFlightBytes: 2 * MIB })
  const big = (): Promise<{ status: number }> => post(receiver.port, webhook({ body: Buffer.alloc(1.5 * MIB, 'x') }))
  const first = big()
  await eventually(() => waiting.length === 1)
  assert.equal((await big()).status, 503)
  const small = post(receiver.port, webhook())
  await eventually(() => waiting.length === 2)
  commit()
  assert.deepEqual([(await first).status, (await small).status], [200, 200])
  const again = big()
  await eventually(() => waiting.length === 1)
  commit()
  assert.equal((await again).status, 200)
})

test('what sources that do not absorb keep waiting leaves a quarter more to those that do, of requests and of bytes', async (context) => {
  const absorbing = testSource({ id: 'orders', absorb: true })
  const settings = { maxInFlight: 4, maxInFlightBytes: 4 * MIB }
  const { receiver, waiting, commit } = await startStuck(context, settings, [testSource(), absorbing])
  const body = Buffer.alloc(MIB, 'x')
  const held = Array.from({ length: 4 }, () => post(receiver.port, webhook({ body })))
  await eventually(() => waiting.length === 4)
  assert.equal((await post(receiver.port, webhook())).status, 503)
  const reserved = post(receiver.port, webhook({ source: absorbing, body }))
  await eventually(() => waiting.length === 5)
  assert.equal((await post(receiver.port, webhook({ source: absorbing }))).status, 503)
  commit()
  assert.deepEqual(new Set((await Promise.all([...held, reserved])).map(({ status }) => status)), new Set([200]))
})

test('a length that is only announced reserves nothing: idle connections cannot shut genuine traffic out', async (context) => {
  const { receiver, waiting, commit } = await startStuck(context, { maxInFlightBytes: MIB })
  const idle = await Promise.all(Array.from({ length: 20 }, () => connect(receiver.port)))
  const { path, headers } = webhook()
  for (const connection of idle)
    connection.send(requestHead({ path, headers: { ...headers, 'content-length': String(MIB) } }))
  await eventually(async () => (await inFlight(receiver)) === 20)
  const genuine = post(receiver.port, webhook())
  await eventually(() => waiting.length === 1)
  commit()
  assert.equal((await genuine).status, 200)
  for (const { socket } of idle) socket.destroy()
  await eventually(async () => (await inFlight(receiver)) === 0)
})

test('sixty bodies of 10 MiB at once are refused without being kept: memory stays flat', async (context) => {
  const { receiver, waiting, commit } = await startStuck(context, { maxInFlightBytes: 16 * MIB })
  const bytes = requestBytes(webhook({ body: Buffer.alloc(10 * MIB, 'x') }))
  const send = async (): Promise<number> => {
    const connection = await connect(receiver.port)
    connection.send(bytes)
    const { status } = await connection.answer()
    connection.socket.destroy()
    return status
  }
  const held = send()
  await eventually(() => waiting.length === 1)

  const before = bytesKept()
  let peak = before
  const watch = setInterval(() => (peak = Math.max(peak, bytesKept())), 20)
  const statuses = await Promise.all(Array.from({ length: 60 }, send))
  clearInterval(watch)
  assert.deepEqual(new Set(statuses), new Set([503]))
  const grown = Math.round((peak - before) / MIB)
  assert.ok(grown < 32, `${grown} MiB more than before`)
  commit()
  assert.equal(await held, 200)
})
