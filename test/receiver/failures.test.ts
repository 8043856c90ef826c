/** What goes wrong on our side: the sender must be told to send again, and nothing that was acknowledged may be lost. */
import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { migrate } from '../../src/storage/migrate.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import { createPool } from '../../src/storage/pool.ts'
import { startPostgres } from '../../src/stack/postgres.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { connect, post, request, requestBytes } from './raw-connection.ts'
import {
  type TestReceiver,
  type TestReceiverOptions,
  inboxThat,
  recordedReceipts,
  startReceiver,
} from './start-receiver.ts'
import { testSource, webhook } from './webhooks.ts'

let database: TestDatabase
before(async () => (database = await createTestDatabase()))
after(() => database.drop())

async function started(context: TestContext, options: TestReceiverOptions): Promise<TestReceiver> {
  const receiver = await startReceiver(options)
  context.after(() => receiver.close())
  return receiver
}

const PAYLOAD = 'a-payload-that-must-not-be-logged'

test('a provider that breaks in verification is our bug: 500, never 200, with the receipt in the log and no payload (rows 24, 47)', async (context) => {
  const receipts = recordedReceipts()
  const broken = testSource({
    provider: {
      ...testSource().provider,
      verify: ({ body }) => JSON.parse(`${body.toString()} is no JSON`) as never,
    },
  })
  const receiver = await started(context, { sources: [broken], receipts })
  const answer = await post(receiver.port, webhook({ body: PAYLOAD }))
  assert.deepEqual(
    [answer.status, answer.body],
    [500, '{"error":{"code":"internal_error","message":"Internal error"}}'],
  )
  const line = receiver.log.lines().find(({ msg }) => msg === 'webhook.refused')
  assert.deepEqual(
    [line?.['level'], line?.['receiptId'], line?.['code']],
    ['error', receipts.recorded[0]?.id, 'internal_error'],
  )
  assert.match(JSON.stringify(line?.['err']), /SyntaxError.*failures\.test/)
  assert.equal(receiver.log.text().includes(PAYLOAD), false)
  assert.deepEqual([receipts.recorded.length, receipts.recorded[0]?.verdict], [1, 'refused'])
})

test('a body that something else has read is our bug, too: never a signature that fails for no reason (rows 4, 5)', async (context) => {
  const receiver = await started(context, {})
  const app = receiver.app.callback()
  receiver.server.removeAllListeners('request')
  receiver.server.on('request', (request, response) => {
    request.on('data', () => undefined)
    request.on('end', () => void app(request, response))
  })
  assert.equal((await post(receiver.port, webhook())).status, 500)
  const line = receiver.log.lines().find(({ msg }) => msg === 'webhook.refused')
  assert.match(JSON.stringify(line?.['err']), /something read the body before the receiver/)
})

test('a rejected promise in verification is 500, too, and the next request is served', async (context) => {
  let broken = true
  const { provider } = testSource()
  const flaky = testSource({
    provider: {
      ...provider,
      verify: (...given) => (broken ? Promise.reject(new Error('no certificate')) : provider.verify(...given)),
    },
  })
  const receiver = await started(context, { sources: [flaky] })
  assert.equal((await post(receiver.port, webhook())).status, 500)
  broken = false
  assert.equal((await post(receiver.port, webhook())).status, 200)
})

test('a provider that breaks on verified bytes loses none: they are parked and answered 200', async (context) => {
  const broken = testSource({
    provider: {
      ...testSource().provider,
      identify: () => {
        throw new TypeError('cannot read what is not there')
      },
    },
  })
  const pool = database.pool()
  const receiver = await started(context, { pool, sources: [broken] })
  assert.equal((await post(receiver.port, webhook())).status, 200)
  const { rows } = await pool.query('select e.state, p.code from posthorn.events e join posthorn.parked p using (key)')
  assert.deepEqual(rows, [{ state: 'parked', code: 'internal_error' }])
  assert.equal(receiver.log.lines().find(({ verdict }) => verdict === 'parked')?.['level'], 'error')
})

test('while Postgres is down, webhooks are 503 with Retry-After and health is 503; when it is back, so are we (rows 23, 25, 36)', async (context) => {
  const directory = await temporaryDirectory(context)
  let postgres = await startPostgres({ directory, port: 0 })
  context.after(() => postgres.stop())
  await migrate(postgres.url)
  const pool = createPool({ url: postgres.url, max: 4, name: 'posthorn-test', onError: () => undefined })
  await ensurePartitions(pool)
  const check = async (): Promise<boolean> => (await pool.query('select 1')).rows.length === 1
  const receiver = await startReceiver({ pool, health: [{ name: 'postgres', keepsEvents: true, check }] })
  context.after(async () => {
    await receiver.close()
    await pool.end()
  })
  const health = async (): Promise<number> =>
    (await request(receiver.port, { method: 'GET', path: '/webhooks/health' })).status

  const event = webhook({ id: 'evt_outage' })
  assert.equal((await post(receiver.port, webhook({ id: 'evt_before' }))).status, 200)
  assert.equal(await health(), 200)

  await postgres.kill()
  // Sessions outlive their postmaster for a moment, and commit in it what they are given.
  await eventually(async () => (await health()) === 503)
  const refusal = await post(receiver.port, event)
  assert.deepEqual([refusal.status, refusal.headers['retry-after']], [503, '10'])
  assert.match(refusal.body, /"code":"not_durable"/)
  const line = receiver.log.lines().findLast(({ code }) => code === 'not_durable')
  assert.deepEqual([line?.['level'], line?.['eventId']], ['error', 'evt_outage'])
  assert.match(String(line?.['receiptId']), /^[0-9a-f-]{36}$/)

  postgres = await startPostgres({ directory, port: postgres.port })
  await eventually(async () => (await health()) === 200)
  const answer = await post(receiver.port, event)
  assert.deepEqual([answer.status, answer.body], [200, '{"received":true}'])
  const { rows } = await pool.query('select event_id from posthorn.events order by event_id')
  assert.deepEqual(rows, [{ event_id: 'evt_before' }, { event_id: 'evt_outage' }])
})

test('closing under load loses nothing that was acknowledged, and what was not is taken by the next receiver (SIGTERM)', async () => {
  const pool = database.pool()
  await pool.query('truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.parked')
  const receiver = await startReceiver({ pool })
  const acknowledged: string[] = []
  const unanswered: string[] = []

  /** Sends one event after another until its connection is closed. */
  async function sender(name: number): Promise<void> {
    const connection = await connect(receiver.port)
    for (let n = 0; ; n++) {
      const id = `evt_${name}_${n}`
      connection.send(requestBytes(webhook({ id })))
      const answer = await connection.answer().catch(() => undefined)
      ;(answer?.status === 200 ? acknowledged : unanswered).push(id)
      if (answer?.headers['connection'] !== 'keep-alive') break
    }
    connection.socket.destroy()
  }
  const senders = Promise.all(Array.from({ length: 32 }, (_, name) => sender(name)))
  await eventually(() => acknowledged.length > 500)
  await receiver.close()
  await senders
  const stored = async (): Promise<string[]> =>
    (await pool.query<{ event_id: string }>('select event_id from posthorn.events')).rows.map((row) => row.event_id)
  // Nor has anything been stored that no answer was given for.
  assert.deepEqual((await stored()).sort(), acknowledged.sort())

  const next = await startReceiver({ pool })
  await Promise.all(unanswered.map((id) => post(next.port, webhook({ id }))))
  await next.close()
  assert.deepEqual((await stored()).sort(), [...acknowledged, ...unanswered].sort())
})

test('closing answers what is in flight, says that it was the last answer, and refuses new connections', async (context) => {
  const commits: (() => void)[] = []
  const inbox = inboxThat(
    ({ eventId }) => new Promise((resolve) => commits.push(() => resolve({ acceptance: 'new', key: eventId }))),
  )
  const receiver = await started(context, { inbox })
  const idle = await connect(receiver.port)
  idle.send(requestBytes({ ...webhook(), path: '/nowhere' }))
  await idle.answer()
  const busy = await connect(receiver.port)
  // Behind it, on the same connection, comes a probe.
  busy.send(Buffer.concat([requestBytes(webhook()), Buffer.from('GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n')]))
  await eventually(() => commits.length === 1)

  const closing = receiver.close()
  await idle.closed
  await assert.rejects(connect(receiver.port), /ECONNREFUSED/)
  commits[0]?.()
  const answer = await busy.answer()
  assert.deepEqual([answer.status, answer.headers['connection']], [200, 'close'])
  await closing
})

test('closing does not wait for ever for a request that does not end', async () => {
  const receiver = await startReceiver({
    inbox: inboxThat(() => new Promise(() => undefined)),
    settings: { closeTimeoutMs: 200 },
  })
  const stuck = await connect(receiver.port)
  stuck.send(requestBytes(webhook()))
  await eventually(async () => (await receiver.metrics.inFlight.get()).values[0]?.value === 1)
  const startedAt = Date.now()
  await receiver.close()
  assert.ok(Date.now() - startedAt < 2_000)
  await stuck.closed
  assert.equal(
    receiver.log.lines().some(({ msg }) => msg === 'webhook.cut_off'),
    true,
  )
})

test('closing does not wait for connections that ask for nothing', async () => {
  const receiver = await startReceiver({ settings: { closeTimeoutMs: 60_000 } })
  const silent = await connect(receiver.port)
  const halfway = await connect(receiver.port)
  halfway.send('POST /webhooks/calls HTTP/1.1\r\nHost: loc')
  await receiver.close()
  await Promise.all([silent.closed, halfway.closed])
  assert.equal(
    receiver.log.lines().some(({ msg }) => msg === 'webhook.cut_off'),
    false,
  )
})

test('a client that does not wait for its answer has its event stored all the same', async (context) => {
  const pool = database.pool()
  const receiver = await started(context, { pool })
  // Its commit waits until it has gone.
  const blocker = await pool.connect()
  await blocker.query('begin; lock table posthorn.events in exclusive mode')
  const hasty = await connect(receiver.port)
  hasty.send(requestBytes(webhook({ id: 'evt_hasty' })))
  await eventually(async () => (await receiver.metrics.inFlight.get()).values[0]?.value === 1)
  hasty.socket.destroy()
  await blocker.query('commit')
  blocker.release()
  await eventually(async () => {
    const { rows } = await pool.query(`select 1 from posthorn.events where event_id = 'evt_hasty'`)
    return rows.length === 1
  })
})
