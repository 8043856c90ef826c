import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { postOrder } from '../support/orders.ts'
import { runPosthorn, startPosthorn } from '../support/posthorn.ts'
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

const PATIENCE = { timeoutMs: 90_000 }

async function assertProcessed(eventId: string): Promise<void> {
  const pool = database.pool()
  await eventually(async () => {
    const { rows } = await pool.query<{ state: string }>('select state from posthorn.events where event_id = $1', [
      eventId,
    ])
    assert.equal(rows[0]?.state, 'processed')
  }, PATIENCE)
}

const TWO_ROUTES = `
import { eventWorkflow, ignored, processed } from 'posthorn/workflow'

export const orderCreated = eventWorkflow('standard-webhooks/order.created', async () => ignored('not today'))
export const orderPaid = eventWorkflow('standard-webhooks/order.paid', async () => processed())
`

test('dev brings everything up, is found by other commands, and loads a workflow that was changed', async (t) => {
  const cwd = await writeInstallation(t)
  const secret = { ORDERS_WEBHOOK_SECRET: ORDERS_SECRET }
  const servers = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: testSetting('temporalAddress') }
  const running = startPosthorn(t, ['dev'], { cwd, env: { ...servers, ...secret, TEMPORAL_NAMESPACE: namespace } })
  const portsOf = () => [...running.log().matchAll(/"port":(\d+).*receiver\.listening/g)].map(([, port]) => port)
  const urlOf = (start: number) => eventually(() => portsOf()[start] ?? false, PATIENCE)
  const post = async (start: number, eventId: string, type: string) =>
    assert.equal(await postOrder(`http://127.0.0.1:${await urlOf(start)}`, { eventId, type }), 200)

  await post(0, 'evt_before', 'order.created')
  await assertProcessed('evt_before')
  const { stdout } = await runPosthorn(t, ['events'], { cwd })
  assert.match(stdout, /evt_before/)

  await writeFile(join(cwd, 'workflows/index.ts'), TWO_ROUTES)
  await post(1, 'evt_after', 'order.paid')
  await assertProcessed('evt_after')

  running.process.kill('SIGINT')
  const { code, stderr } = await running.ended
  assert.equal(code, 0, stderr)
  await assert.rejects(readFile(join(cwd, '.posthorn/stack.env')), 'other commands must not look for what is gone')
})
