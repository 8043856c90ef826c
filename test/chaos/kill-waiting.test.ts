import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runProgram } from '../../src/main/program.ts'
import { type TcpProxy, createTcpProxy } from '../../src/stack/tcp-proxy.ts'
import { type Inbox, createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { type RunningPosthorn, startPosthorn } from '../support/posthorn.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'

const WORKFLOWS = `
import { awaitApproval, eventWorkflow, ignored, waitFor } from 'posthorn/workflow'

export const orderPlaced = eventWorkflow('standard-webhooks/order.placed', async ({ entity }) => {
  const paid = await waitFor({ type: 'order.paid', entity, within: '1 hour' })
  return ignored('paid by ' + paid?.eventId)
})

export const orderDoubted = eventWorkflow('standard-webhooks/order.doubted', async ({ entity }) => {
  const { answer, by } = await awaitApproval({ name: 'ship', summary: 'Ship ' + entity.id, within: '1 hour' })
  return ignored(answer + ' by ' + by)
})
`

const PATIENCE = { timeoutMs: 50_000, intervalMs: 50 }

let database: TestDatabase
let pool: Pool
let inbox: Inbox
let temporal: TestTemporal
let proxy: TcpProxy

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  const [host = '', port] = temporal.address.split(':')
  proxy = await createTcpProxy({ host, port: Number(port) })
})
after(async () => {
  await proxy.close()
  await temporal.close()
  await database.drop()
})

const environment = (): NodeJS.ProcessEnv => ({
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: `127.0.0.1:${proxy.port}`,
  TEMPORAL_NAMESPACE: temporal.namespace,
  ORDERS_WEBHOOK_SECRET: ORDERS_SECRET,
  POSTHORN_DISPATCH_LEASE: '2s',
  POSTHORN_SWEEP_INTERVAL: '500ms',
  POSTHORN_OPERATOR: 'ann',
})

async function accept(eventId: string, type: string, order: string): Promise<string> {
  const entity = { kind: 'order', id: order }
  const event = { source: 'orders', provider: 'standard-webhooks', eventId, type, entity }
  return (await inbox.accept(incomingEvent(event))).key
}

async function kill(worker: RunningPosthorn): Promise<void> {
  worker.process.kill('SIGKILL')
  await worker.ended
}

const reasonOf = (key: string): Promise<string> =>
  eventually(async () => {
    const { rows } = await pool.query<{ reason: string }>('select reason from posthorn.runs where key = $1', [key])
    assert.ok(rows[0], 'it still runs')
    return rows[0].reason
  }, PATIENCE)

const untilWaiting = (...keys: string[]): Promise<void> =>
  eventually(async () => {
    const { rowCount } = await pool.query(
      `select key from posthorn.waits where key = any($1::uuid[])
       union all select key from posthorn.approvals where key = any($1::uuid[])`,
      [keys],
    )
    assert.equal(rowCount, keys.length)
  }, PATIENCE)

async function posthorn(...args: string[]): Promise<string> {
  let text = ''
  const write = (more: string) => (text += more)
  // Nothing of Temporal: an answer is given without it.
  const env = { ...environment(), TEMPORAL_ADDRESS: '127.0.0.1:1' }
  assert.equal(await runProgram(args, { environment: env, given: env, out: write, err: write }), 0, text)
  return text
}

async function approve(order: string): Promise<void> {
  const open = JSON.parse(await posthorn('approvals', 'list', '--json')) as { id: string; summary: string }[]
  const { id } = open.find(({ summary }) => summary === `Ship ${order}`) ?? { id: '' }
  assert.match(await posthorn('approvals', 'approve', id, '--reason', 'known customer'), /ship is approved/)
}

test('what a run waits for comes while its worker is dead, or while Temporal is away', async (t) => {
  const cwd = await writeInstallation(t, { 'workflows/index.ts': WORKFLOWS })
  const start = async (): Promise<RunningPosthorn> => {
    const worker = startPosthorn(t, ['work'], { cwd, env: environment() })
    await worker.logged('worker.running')
    return worker
  }
  const worker = await start()
  const placed = await accept('placed_1', 'order.placed', 'o_1')
  const doubted = await accept('doubted_1', 'order.doubted', 'o_1')
  await untilWaiting(placed, doubted)

  await kill(worker)
  await accept('paid_1', 'order.paid', 'o_1')
  await approve('o_1')
  const second = await start()
  await t.test('killed: the next worker finds the event and the answer', async () => {
    assert.equal(await reasonOf(placed), 'paid by paid_1')
    assert.equal(await reasonOf(doubted), 'approved by ann')
  })

  const waiting = await accept('placed_2', 'order.placed', 'o_2')
  const asking = await accept('doubted_2', 'order.doubted', 'o_2')
  await untilWaiting(waiting, asking)
  proxy.refuse()
  await accept('paid_2', 'order.paid', 'o_2')
  await approve('o_2')
  await eventually(() => /event\.not_dispatched.*paid_2|paid_2.*event\.not_dispatched/.test(second.log()), PATIENCE)
  proxy.accept()
  await t.test('cut off from Temporal: the runs are woken once it is back', async () => {
    assert.equal(await reasonOf(waiting), 'paid by paid_2')
    assert.equal(await reasonOf(asking), 'approved by ann')
  })

  await t.test('no wait is left, and no open question', async () => {
    const { rows } = await pool.query(
      `select key from posthorn.waits union all select key from posthorn.approvals where state = 'open'`,
    )
    assert.deepEqual(rows, [])
  })
})
