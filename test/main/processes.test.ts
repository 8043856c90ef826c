import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, after, before, test } from 'node:test'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { type Order, postOrder } from '../support/orders.ts'
import { type RunOptions, type RunningPosthorn, runPosthorn, startPosthorn } from '../support/posthorn.ts'
import { connectTemporal, createNamespace } from '../support/temporal.ts'
import { testSetting } from '../support/test-setting.ts'

let database: TestDatabase
let namespace: string
before(async () => {
  database = await createTestDatabase()
  const temporal = await connectTemporal()
  namespace = await createNamespace(temporal.connection)
  await temporal.close()
})
after(() => database.drop())

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: testSetting('temporalAddress'),
  TEMPORAL_NAMESPACE: namespace,
  ORDERS_WEBHOOK_SECRET: ORDERS_SECRET,
  ...more,
})

const PATIENCE = { timeoutMs: 60_000 }

async function assertProcessed(eventId: string): Promise<void> {
  const pool = database.pool()
  await eventually(async () => {
    const { rows } = await pool.query<{ state: string }>('select state from posthorn.events where event_id = $1', [
      eventId,
    ])
    assert.equal(rows[0]?.state, 'processed')
  }, PATIENCE)
}

/** Receiver and worker of one installation, both ready; `post` sends an event and expects it to be accepted. */
async function startBoth(t: TestContext, options: RunOptions) {
  const serve = startPosthorn(t, ['serve'], options)
  const work = startPosthorn(t, ['work'], options)
  const [{ port }] = await Promise.all([serve.logged('receiver.listening'), work.logged('worker.running')])
  const post = async (order: Order) => assert.equal(await postOrder(`http://127.0.0.1:${port as number}`, order), 200)
  return { serve, work, post }
}

async function assertEndsInOrder({ process, ended }: RunningPosthorn): Promise<void> {
  process.kill('SIGTERM')
  const { code, stderr } = await ended
  assert.equal(code, 0, stderr)
  assert.match(stderr, /"msg":"process\.stopped"/)
}

async function run(t: TestContext, command: string, options: RunOptions): Promise<void> {
  const { code, stderr } = await runPosthorn(t, [command], options)
  assert.equal(code, 0, stderr)
}

test('a webhook becomes a processed event through two processes, and both end in order', async (t) => {
  const options = { cwd: await writeInstallation(t), env: environment() }
  await run(t, 'setup', options)
  const { serve, work, post } = await startBoth(t, options)
  await post({ eventId: 'evt_dev' })
  await assertProcessed('evt_dev')
  const { metrics } = await work.logged('worker.running')
  assert.match(await (await fetch(metrics as string)).text(), /posthorn_queue_depth 0/)
  await Promise.all([assertEndsInOrder(serve), assertEndsInOrder(work)])
})

test('production runs what the build made, without the sources that it was made from', async (t) => {
  const cwd = await writeInstallation(t)
  const env = environment({
    NODE_ENV: 'production',
    POSTHORN_PUBLIC_URL: 'https://hooks.example',
    POSTHORN_TRUSTED_PROXIES: '127.0.0.1',
  })
  const early = await runPosthorn(t, ['serve'], { cwd, env })
  assert.deepEqual([early.code, early.stderr.includes('Run `posthorn build`')], [2, true], early.stderr)

  await run(t, 'build', { cwd, env })
  for (const source of ['posthorn.config.ts', 'workflows']) await rm(join(cwd, source), { recursive: true })
  await run(t, 'setup', { cwd, env })
  const { serve, work, post } = await startBoth(t, { cwd, env })
  await post({ eventId: 'evt_production', headers: { 'x-forwarded-proto': 'https' } })
  await assertProcessed('evt_production')
  await Promise.all([assertEndsInOrder(serve), assertEndsInOrder(work)])
})

test('a worker without Temporal ends with 3 and says where it looked; it has taken nothing over', async (t) => {
  const pool = database.pool()
  await pool.query(`insert into posthorn.route_pauses (handler, reason, build) values ('ship', 'all dead', 'older')`)
  const tables = async () =>
    (await pool.query('select hash from posthorn.route_tables order by version')).rows as unknown
  const before = await tables()
  const env = environment({ TEMPORAL_ADDRESS: '127.0.0.1:1' })
  const { code, stderr } = await runPosthorn(t, ['work'], { cwd: await writeInstallation(t), env })
  assert.equal(code, 3, stderr)
  assert.match(stderr, /Temporal at 127\.0\.0\.1:1 cannot be reached\. Start it, or set TEMPORAL_ADDRESS\./)
  assert.deepEqual(await tables(), before)
  assert.equal((await pool.query('delete from posthorn.route_pauses')).rowCount, 1)
})
