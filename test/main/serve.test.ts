import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { type TestContext, after, before, test } from 'node:test'
import { adminQuery, withDatabase } from '../support/admin-query.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { postOrder } from '../support/orders.ts'
import { type RunningPosthorn, runPosthorn, startPosthorn } from '../support/posthorn.ts'
import { uniqueName } from '../support/temporal.ts'

let database: TestDatabase
before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

const environment = (more: NodeJS.ProcessEnv = {}) => ({
  DATABASE_URL: database.url,
  ORDERS_WEBHOOK_SECRET: ORDERS_SECRET,
  ...more,
})

interface Served extends RunningPosthorn {
  url: string
  metricsUrl: string
}

async function serve(t: TestContext, files?: Record<string, string>): Promise<Served> {
  const cwd = await writeInstallation(t, files)
  const running = startPosthorn(t, ['serve'], { cwd, env: environment() })
  const { port, metrics } = await running.logged('receiver.listening')
  return { ...running, url: `http://127.0.0.1:${port as number}`, metricsUrl: metrics as string }
}

const storedIds = async (): Promise<Set<string>> => {
  const { rows } = await database.pool().query<{ event_id: string }>('select event_id from posthorn.events')
  return new Set(rows.map((row) => row.event_id))
}

test('SIGTERM in the middle of load loses nothing that was acknowledged, and ends with 0', async (t) => {
  const { url, process, ended } = await serve(t)
  const acknowledged: string[] = []
  const others: number[] = []
  let refused = 0
  let next = 0
  async function sender(): Promise<void> {
    while (refused === 0) {
      const eventId = `evt_load_${(next += 1)}`
      const status = await postOrder(url, { eventId }).catch(() => undefined)
      if (status === 200) acknowledged.push(eventId)
      else if (status === undefined) refused += 1
      else others.push(status)
    }
  }
  const senders = Array.from({ length: 24 }, sender)
  await eventually(() => acknowledged.length > 200)
  process.kill('SIGTERM')
  await Promise.all(senders)

  const { code, stderr } = await ended
  assert.equal(code, 0, stderr)
  assert.deepEqual(others, [], 'whoever got an answer got a 200')
  const stored = await storedIds()
  assert.deepEqual(
    acknowledged.filter((eventId) => !stored.has(eventId)),
    [],
  )
})

test('a second signal does not wait for requests in flight', async (t) => {
  const { url, process, ended, logged } = await serve(t)
  const slow = connect(Number(new URL(url).port), '127.0.0.1')
  slow.on('error', () => undefined)
  t.after(() => slow.destroy())
  slow.write(
    'POST /webhooks/orders HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
  )
  // The answer to a request behind it on another connection: by then the slow one has begun.
  assert.equal(await postOrder(url, { eventId: 'evt_beside' }), 200)
  process.kill('SIGTERM')
  await logged('process.stopping')
  process.kill('SIGTERM')
  const { code, stderr } = await ended
  assert.equal(code, 1)
  assert.match(stderr, /process\.stopped_at_once/)
})

test('metrics are served on a port of their own', async (t) => {
  const { url, metricsUrl } = await serve(t)
  assert.equal(await postOrder(url, { eventId: 'evt_counted' }), 200)
  const metrics = await (await fetch(metricsUrl)).text()
  assert.match(metrics, /posthorn_receipts_total\{source="orders",verdict="new",code=""\} 1/)
  assert.match(metrics, /posthorn_flush_events_count 1/)
  assert.equal((await fetch(`${url}/metrics`)).status, 404)
})

test('the process has no part of Temporal in it', { skip: process.platform !== 'linux' }, async (t) => {
  const running = await serve(t)
  assert.equal(await postOrder(running.url, { eventId: 'evt_light' }), 200)
  const mapped = await readFile(`/proc/${running.process.pid}/maps`, 'utf8')
  assert.doesNotMatch(mapped, /core-bridge/)
})

const STRAY_PROVIDER = `
import { defineConfig, env } from 'posthorn'
import { defineProvider } from 'posthorn/provider'

const stray = defineProvider({
  name: 'stray',
  contentTypes: ['application/json'],
  methods: ['POST'],
  idSigned: true,
  listKey: 'none',
  verify: () => {
    void Promise.reject(new Error('nobody waits for this'))
    return { secretIndex: 0 }
  },
  identify: () => [{ id: 'evt_stray', type: 'stray' }],
  sign: () => ({}),
  schemas: {},
  canonical: { canonical: 'none', view: () => undefined },
})

export default defineConfig({ sources: { stray: { provider: stray, secret: env('ORDERS_WEBHOOK_SECRET') } } })
`

test('a rejection that nobody handles is logged and ends the process: a supervisor starts a sound one', async (t) => {
  const { url, ended } = await serve(t, { 'posthorn.config.ts': STRAY_PROVIDER })
  const headers = { 'content-type': 'application/json' }
  await fetch(`${url}/webhooks/stray`, { method: 'POST', body: '{}', headers }).catch(() => undefined)
  const { code, stderr } = await ended
  assert.equal(code, 1)
  assert.match(stderr, /nobody waits for this.*process\.uncaught/)
})

test('a port that is taken is named with its holder', async (t) => {
  const holder = createServer().listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await eventually(() => holder.listening)
  const { port } = holder.address() as AddressInfo
  const cwd = await writeInstallation(t)
  const env = environment({ POSTHORN_PORT: String(port) })
  const { code, stderr } = await runPosthorn(t, ['serve'], { cwd, env })
  assert.equal(code, 1)
  assert.match(stderr, RegExp(`Port ${port} is taken by .*: stop it, or set POSTHORN_PORT to another port`))
})

test('a database that was not migrated is named with its mend', async (t) => {
  const name = uniqueName('posthorn_bare').replaceAll('-', '_')
  await adminQuery(database.url, `create database ${name}`)
  t.after(() => adminQuery(database.url, `drop database ${name} with (force)`))
  const cwd = await writeInstallation(t)
  const env = environment({ DATABASE_URL: withDatabase(database.url, name) })
  const { code, stderr } = await runPosthorn(t, ['serve'], { cwd, env })
  assert.equal(code, 1)
  assert.match(stderr, /run `posthorn migrate`/)
})

test('a database that cannot be reached ends with 3 and without its password', async (t) => {
  const cwd = await writeInstallation(t)
  const env = environment({ DATABASE_URL: 'postgres://posthorn:sesame@127.0.0.1:1/posthorn' })
  const { code, stderr } = await runPosthorn(t, ['serve'], { cwd, env })
  assert.equal(code, 3)
  assert.match(stderr, /Postgres at postgres:\/\/posthorn:\*\*\*\*@127\.0\.0\.1:1\/posthorn cannot be reached/)
  assert.doesNotMatch(stderr, /sesame|at .*\.ts:/)
})
