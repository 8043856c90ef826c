import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import pg from 'pg'
import { providers } from '../support/providers.ts'
import { freePort } from '../../src/stack/free-port.ts'
import { type TcpProxy, createTcpProxy } from '../../src/stack/tcp-proxy.ts'
import { migrate } from '../../src/storage/migrate.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createDatabaseOn, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type CallsApi, startCallsApi } from './calls-api.ts'
import { type PosthornProcess, startPosthorn } from './posthorn-process.ts'

/** The repository's own installation on real parts, each of which a test may break. */
export interface Stage {
  pool: Pool
  temporal: TestTemporal
  /** Between the processes and Temporal. */
  temporalProxy: TcpProxy
  /** Between the processes and Postgres; the test itself has its own way. */
  postgresProxy: TcpProxy
  /** Between the sender and the receiver. */
  hookProxy: TcpProxy
  api: CallsApi
  serve(env?: NodeJS.ProcessEnv): Promise<PosthornProcess>
  work(env?: NodeJS.ProcessEnv): Promise<PosthornProcess>
  /** The receiver’s URL, through `hookProxy`. */
  url: string
  /** Leads to Postgres through `postgresProxy`. */
  databaseUrl: string
  /** A second receiver, on a port of its own. */
  serveBeside(env: NodeJS.ProcessEnv): Promise<{ process: PosthornProcess; url: string }>
  /** Sends the event of a call that ended, to another receiver than the first where told; resolves with the answer, or rejects when there was none. */
  send(callId: string, receiverUrl?: string): Promise<{ status: number; body: unknown }>
  /** Holds a lock that stops every statement in need of the table, until it is released. */
  lock(table: string): Promise<() => Promise<void>>
  /** Waits until a statement that this pattern fits waits for a lock. */
  untilBlocked(statement: string): Promise<void>
  stateOf(callId: string): Promise<string | undefined>
  assertProcessedOnce(callIds: string[], attempt?: number): Promise<void>
  close(): Promise<void>
}

const SECRET = randomBytes(24).toString('hex')
const PATIENCE = { timeoutMs: 90_000, intervalMs: 50 }

const eventIdOf = (callId: string): string => `evt_${callId}`

export interface StageOptions {
  /** A server of the test's own, where the shared one must not suffer. */
  temporalAddress?: string
  /** The same for Postgres. */
  postgresUrl?: string
  /** More for all processes. */
  env?: NodeJS.ProcessEnv
}

export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const database = await (options.postgresUrl === undefined
    ? createTestDatabase()
    : createDatabaseOn(options.postgresUrl))
  await migrate(database.url, { appMigrations: 'migrations' })
  const pool = database.pool()
  const temporal = await connectOwnNamespace()
  const [host = '', temporalPort] = (options.temporalAddress ?? temporal.address).split(':')
  const temporalProxy = await createTcpProxy({ host, port: Number(temporalPort) })
  const postgres = new URL(database.url)
  const postgresProxy = await createTcpProxy({ host: postgres.hostname, port: Number(postgres.port) })
  postgres.hostname = '127.0.0.1'
  postgres.port = String(postgresProxy.port)
  const receiverPort = await freePort(0, 'the receiver')
  const hookProxy = await createTcpProxy({ host: '127.0.0.1', port: receiverPort })
  const api = await startCallsApi()
  const started: PosthornProcess[] = []
  const env = {
    DATABASE_URL: postgres.href,
    TEMPORAL_ADDRESS: `127.0.0.1:${temporalProxy.port}`,
    TEMPORAL_NAMESPACE: options.temporalAddress === undefined ? temporal.namespace : 'default',
    POSTHORN_PORT: String(receiverPort),
    POSTHORN_DISPATCH_LEASE: '2s',
    POSTHORN_CHECK_RUN_AFTER: '2s',
    POSTHORN_SWEEP_INTERVAL: '500ms',
    POSTHORN_SHUTDOWN_GRACE: '1s',
    TEAMCONNECT_WEBHOOK_SECRET: SECRET,
    TEAMCONNECT_API_TOKEN: 'token',
    TEAMCONNECT_API_URL: api.url,
    ...unusedSources(),
    ...options.env,
  }
  const start = async (command: 'serve' | 'work', more: NodeJS.ProcessEnv = {}) => {
    const process = await startPosthorn(command, { ...env, ...more })
    started.push(process)
    return process
  }
  const stage: Stage = {
    pool,
    temporal,
    temporalProxy,
    postgresProxy,
    hookProxy,
    api,
    url: `http://127.0.0.1:${hookProxy.port}`,
    serve: (more) => start('serve', more),
    work: (more) => start('work', more),
    databaseUrl: postgres.href,
    async serveBeside(more) {
      const port = await freePort(0, 'the second receiver')
      const process = await start('serve', { ...more, POSTHORN_PORT: String(port) })
      return { process, url: `http://127.0.0.1:${port}` }
    },
    send: (callId, receiverUrl = stage.url) => send(`${receiverUrl}/webhooks/team-connect`, callId),
    lock: (table) => lock(database.url, table),
    untilBlocked: (statement) => untilBlocked(pool, statement),
    stateOf: (callId) => stateOf(pool, callId),
    assertProcessedOnce: (callIds, attempt = 1) => assertProcessedOnce(pool, callIds, attempt),
    async close() {
      await Promise.all(started.map((process) => process.kill()))
      api.close()
      await Promise.all([temporalProxy, postgresProxy, hookProxy, temporal].map((part) => part.close()))
      await database.drop()
    },
  }
  return stage
}

async function connectOwnNamespace(): Promise<TestTemporal> {
  const shared = await connectTemporal()
  const namespace = await createNamespace(shared.connection)
  await shared.close()
  return connectTemporal({ namespace })
}

/** The installation names sources that these tests do not use. */
function unusedSources(): NodeJS.ProcessEnv {
  const names = ['GITHUB_WEBHOOK_SECRET', 'GITHUB_API_TOKEN', 'STRIPE_API_KEY']
  const key = randomBytes(32).toString('base64')
  return {
    ...Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('hex')])),
    STRIPE_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('hex')}`,
    ORDERS_WEBHOOK_SECRET: `whsec_${key}`,
  }
}

async function send(url: string, callId: string): Promise<{ status: number; body: unknown }> {
  const event = {
    id: eventIdOf(callId),
    type: 'call.ended',
    created_at: new Date().toISOString(),
    api_version: '2026-04-01',
    data: { call_id: callId },
  }
  const body = Buffer.from(JSON.stringify(event))
  const now = Math.floor(Date.now() / 1000)
  const signed = providers['team-connect'].sign(body, SECRET, { now, url, id: randomUUID(), type: 'call.ended' })
  const response = await fetch(url, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', ...signed },
  })
  return { status: response.status, body: await response.json() }
}

async function lock(url: string, table: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('begin')
  await client.query(`lock table ${table} in exclusive mode`)
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}

const untilBlocked = (pool: Pool, statement: string): Promise<void> =>
  eventually(async () => {
    const { rows } = await pool.query(
      `select 1 from pg_stat_activity
       where wait_event_type = 'Lock' and datname = current_database() and query ~ $1`,
      [statement],
    )
    assert.ok(rows.length > 0, 'no statement waits for a lock')
  }, PATIENCE)

async function stateOf(pool: Pool, callId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ state: string }>('select state from posthorn.events where event_id = $1', [
    eventIdOf(callId),
  ])
  return rows[0]?.state
}

/** Each event is processed, by one closed run of each handler, with one effect, and nothing of it is left open. */
async function assertProcessedOnce(pool: Pool, callIds: string[], attempt: number): Promise<void> {
  await eventually(async () => {
    const { rows } = await pool.query<{ event_id: string; state: string }>(
      `select event_id, state from posthorn.events where state <> 'processed'`,
    )
    assert.deepEqual(rows, [])
    const open = await pool.query('select key from posthorn.queue union all select key from posthorn.open_runs')
    assert.equal(open.rowCount, 0)
  }, PATIENCE)
  const runs = await pool.query(
    `select e.event_id, r.handler, array_agg(r.state order by r.attempt) filter (where r.state = 'processed') as processed
     from posthorn.events e join posthorn.runs r using (key) group by 1, 2 order by 1, 2`,
  )
  const expected = callIds.toSorted().flatMap((callId) =>
    ['mirror', 'teamConnectCallEnded'].map((handler) => ({
      event_id: eventIdOf(callId),
      handler,
      processed: ['processed'],
    })),
  )
  assert.deepEqual(runs.rows, expected)
  const latest = await pool.query<{ attempt: number }>(
    `select max(attempt) as attempt from posthorn.runs where handler <> 'mirror'`,
  )
  assert.equal(latest.rows[0]?.attempt, attempt)
  const effects = await pool.query('select call_id, customer_id, duration from call_records order by call_id')
  assert.deepEqual(
    effects.rows,
    callIds.toSorted().map((callId) => ({ call_id: callId, customer_id: `customer of ${callId}`, duration: 61 })),
  )
}
