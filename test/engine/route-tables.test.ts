import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventWorkflow, processed } from 'posthorn/workflow'
import { deployRoutes } from '../../src/dispatcher/deploy-routes.ts'
import { type RouteTable, createRouteTable } from '../../src/dispatcher/route-table.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { startTestEngine, toyRoutes } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let pool: Pool
let temporal: TestTemporal

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await pool.query('create table toy_effects (event_id text primary key, runs integer not null)')
  const shared = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(shared.connection) })
  await shared.close()
})
after(async () => {
  await temporal.close()
  await database.drop()
})

const start = (routes: RouteTable, metrics = createMetrics()) =>
  startTestEngine({ database, temporal, source: toySource(), routes, metrics })

const accept = (eventId: string, type: string) =>
  createInbox({ pool }).accept(incomingEvent({ source: 'toy', provider: 'toy', eventId, type }))

const reaches = (eventId: string, state: string) =>
  eventually(
    async () => {
      const { rows } = await pool.query<{ state: string }>('select state from posthorn.events where event_id = $1', [
        eventId,
      ])
      assert.equal(rows[0]?.state, state)
    },
    { timeoutMs: 60_000 },
  )

test('a worker with an older route table stops claiming, says so, and its successor offers again what it left unrouted', async () => {
  const handler = async () => processed()
  const older = createRouteTable({ toyElse: eventWorkflow('toy/else', handler) })
  const metrics = createMetrics()
  const old = await start(older, metrics)
  await accept('evt_early', 'plain')
  await reaches('evt_early', 'unrouted')

  const current = await start(toyRoutes)
  await reaches('evt_early', 'processed')
  await eventually(
    async () => {
      const { values } = await metrics.dispatchHalted.get()
      assert.deepEqual(
        values.map(({ labels, value }) => [labels.reason, value]),
        [['route_table', 1]],
      )
    },
    { timeoutMs: 30_000 },
  )
  await accept('evt_between', 'plain')
  await reaches('evt_between', 'processed')

  await current.stop()
  await accept('evt_waiting', 'plain')
  const restarted = await start(older)
  assert.equal(await deployedHash(), toyRoutes.hash, 'a restart of the older program deploys nothing')
  await deployRoutes(pool, toyRoutes)
  const next = await start(toyRoutes)
  await reaches('evt_waiting', 'processed')
  await Promise.all([old, restarted, next].map((engine) => engine.stop()))
})

async function deployedHash(): Promise<string | undefined> {
  const { rows } = await pool.query<{ hash: string }>(
    'select hash from posthorn.route_tables order by version desc limit 1',
  )
  return rows[0]?.hash
}
