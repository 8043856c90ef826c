import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { Client, Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { cliPlaces, findTemporalCli } from '../../src/stack/temporal-cli.ts'
import { startTemporal } from '../../src/stack/temporal-server.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { SEARCH_ATTRIBUTES } from '../../src/temporal/search-attributes.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startRefusingProxy } from '../support/refusing-proxy.ts'
import { type TestTemporal, connectTemporal, createNamespace, uniqueName } from '../support/temporal.ts'
import { startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let pool: Pool
const PATIENCE = { timeoutMs: 90_000 }
const undo: (() => Promise<unknown>)[] = []

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await pool.query('create table toy_effects (event_id text primary key, runs integer not null)')
})
after(() => database.drop())
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

async function accept(count: number): Promise<void> {
  const inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  const toyEvent = () => incomingEvent({ source: 'toy', provider: 'toy', type: 'plain' })
  await Promise.all(Array.from({ length: count }, () => inbox.accept(toyEvent())))
}

async function countByState(): Promise<Record<string, number>> {
  const { rows } = await pool.query<{ state: string; count: number }>(
    'select state, count(*)::integer as count from posthorn.events group by state',
  )
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]))
}

test('without its namespace dispatch halts with an alarm, and goes on by itself when there is one', async () => {
  const shared = await connectTemporal()
  const temporal = await connectTemporal({ namespace: await createNamespace(shared.connection) })
  undo.push(shared.close, temporal.close)
  const namespace = uniqueName('missing')
  const metrics = createMetrics()
  const client = new Client({ connection: temporal.connection, namespace })
  const engine = await startTestEngine({
    database,
    temporal,
    source: toySource(),
    client,
    metrics,
    withSearchAttributes: false,
  })
  undo.push(engine.stop)
  const halted = async (): Promise<number | undefined> =>
    (await metrics.dispatchHalted.get()).values.find(({ labels }) => labels.reason === 'namespace')?.value
  await accept(5)
  await eventually(async () => assert.equal(await halted(), 1), PATIENCE)
  assert.deepEqual(await countByState(), { received: 5 })
  await temporal.connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  })
  await eventually(async () => assert.deepEqual(await countByState(), { dispatched: 5 }), PATIENCE)
  assert.equal(await halted(), 0)
  await pool.query('truncate posthorn.events, posthorn.queue, posthorn.open_runs, posthorn.runs')
})

for (const [name, status] of [
  ['PERMISSION_DENIED', 7],
  ['UNAUTHENTICATED', 16],
] as const) {
  test(`a credential that is refused with ${name} halts dispatch with an alarm, and a valid one ends that`, async () => {
    const shared = await connectTemporal()
    const temporal = await connectTemporal({ namespace: await createNamespace(shared.connection) })
    const proxy = await startRefusingProxy(temporal.address)
    const connection = await Connection.connect({ address: proxy.address })
    undo.push(shared.close, temporal.close, proxy.stop, () => connection.close())
    proxy.refuse('StartWorkflowExecution', status)
    const metrics = createMetrics()
    const engine = await startTestEngine({
      database,
      temporal,
      source: toySource(),
      client: new Client({ connection, namespace: temporal.namespace }),
      metrics,
      withSearchAttributes: false,
    })
    undo.push(engine.stop)
    const halted = async (): Promise<number | undefined> =>
      (await metrics.dispatchHalted.get()).values.find(({ labels }) => labels.reason === 'permission')?.value
    await accept(5)
    await eventually(async () => assert.equal(await halted(), 1), PATIENCE)
    assert.deepEqual(await countByState(), { received: 5 })
    proxy.refuse('StartWorkflowExecution', undefined)
    await eventually(async () => assert.deepEqual(await countByState(), { processed: 5 }), PATIENCE)
    assert.equal(await halted(), 0)
    await pool.query('truncate posthorn.events, posthorn.queue, posthorn.open_runs, posthorn.runs')
  })
}

test('a Temporal that refuses what is too much gets it later, and no event is lost or dead for it', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-limited-'))
  undo.push(() => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
  const server = await startTemporal({
    cli: await findTemporalCli(cliPlaces(process.env)),
    port: 0,
    uiPort: 0,
    dbFilename: join(directory, 'temporal.db'),
    searchAttributes: Object.values(SEARCH_ATTRIBUTES),
    dynamicConfig: { 'frontend.namespaceRPS': 40 },
  })
  undo.push(server.stop)
  // Without an interceptor that tries again.
  const connection = await Connection.connect({ address: server.address, interceptors: [] })
  undo.push(() => connection.close())
  const temporal: TestTemporal = {
    address: server.address,
    namespace: 'default',
    connection,
    client: new Client({ connection }),
    close: () => connection.close(),
  }
  const engine = await startTestEngine({
    database,
    temporal,
    source: toySource(),
    dispatcher: { maxInFlight: 64, leaseMs: 10_000, pollMs: 200, checkAfterMs: 60_000 },
  })
  undo.push(engine.stop)
  await accept(80)
  const burst = Array.from({ length: 200 }, () =>
    connection.workflowService.describeNamespace({ namespace: 'default' }).then(
      () => 0,
      (error: { code?: number }) => error.code,
    ),
  )
  const refusals = (await Promise.all(burst)).filter((code) => code === 8)
  assert.ok(refusals.length > 0, 'the server refuses nothing')
  await eventually(async () => assert.deepEqual(await countByState(), { processed: 80 }), PATIENCE)
})
