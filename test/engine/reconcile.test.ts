import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, test } from 'node:test'
import { type ReconcileTotals, reconcileId } from '../../src/domain/reconciliation.ts'
import { scheduleSpecs, RECONCILE_SCHEDULES } from '../../src/main/engine/schedules.ts'
import { ApiError } from '../../src/providers/api.ts'
import type { Provider } from '../../src/providers/provider.ts'
import { DEFAULT_RECONCILE } from '../../src/reconciliation/settings.ts'
import { type Inbox, createInbox } from '../../src/storage/inbox.ts'
import { listCoverage } from '../../src/storage/list-coverage.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { registerSources } from '../../src/storage/sources.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { ensureSchedules } from '../../src/temporal/schedules.ts'
import { startReconcile } from '../../src/temporal/start-reconcile.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

const PATIENCE = { timeoutMs: 60_000 }
const HOUR_MS = 3_600_000
const PAGE = 10

interface Fact {
  id: string
  type: string
  at: string
}

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let inbox: Inbox
let running: TestEngine
let api: Server
/** What the provider has, newest first; how often each page was asked for; and what it answers in place of a page. */
const provided: Fact[] = []
const asked = new Map<string, number>()
let refusal: (() => { status: number; headers?: Record<string, string> } | undefined) | undefined

/** The toy provider, with a list. */
const listing: NonNullable<Provider['listing']> = {
  horizonMs: 100 * HOUR_MS,
  async page(client, { from, to, cursor = '0' }) {
    const { status, json } = await client.get(`/events?after=${cursor}`)
    if (status !== 200) throw new ApiError('no list', { status })
    const facts = (json as Fact[]).filter(({ at }) => Date.parse(at) >= from.getTime() && Date.parse(at) < to.getTime())
    const next = Number(cursor) + PAGE
    return {
      events: facts.map((fact) => ({
        id: fact.id,
        type: fact.type,
        occurredAt: new Date(fact.at),
        body: Buffer.from(JSON.stringify(fact)),
      })),
      ...(next < provided.length && { next: String(next) }),
    }
  },
}
const base = toySource()
const source = toySource({
  provider: { ...base.provider, listing },
  reconcile: { ...DEFAULT_RECONCILE, everyMs: 1_000, settleMs: 0, lookBackMs: HOUR_MS },
})

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  await pool.query('create table toy_effects (event_id text primary key, runs integer not null)')
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  api = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://api')
    const cursor = url.searchParams.get('after') ?? '0'
    asked.set(cursor, (asked.get(cursor) ?? 0) + 1)
    const { status = 200, headers } = refusal?.() ?? {}
    const body = provided.slice(Number(cursor), Number(cursor) + PAGE)
    response.writeHead(status, headers).end(JSON.stringify(body))
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  const baseUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  await registerSources(pool, [
    { id: 'toy', provider: 'toy', name: 'toy', connectedAt: new Date(Date.now() - 24 * HOUR_MS) },
  ])
  running = await startTestEngine({ database, temporal, source: { ...source, api: { token: 't', baseUrl } } })
  inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
})
after(async () => {
  await running.stop()
  api.closeAllConnections()
  api.close()
  await temporal.close()
  await database.drop()
})
beforeEach(async () => {
  refusal = undefined
  provided.length = 0
  asked.clear()
  await pool.query('truncate posthorn.coverage, posthorn.listings cascade')
})

let facts = 0
function happen(count: number): Fact[] {
  const at = new Date(Date.now() - 5_000).toISOString()
  const made = Array.from({ length: count }, () => ({ id: `evt_${++facts}`, type: 'plain', at }))
  provided.unshift(...made)
  return made
}

const arrive = async (fact: Fact): Promise<string> => {
  const body = Buffer.from(JSON.stringify(fact, null, 4))
  return (
    await inbox.accept(incomingEvent({ source: 'toy', provider: 'toy', eventId: fact.id, type: fact.type, body }))
  ).acceptance
}

async function assertOneEffectEach(events: readonly Fact[]): Promise<void> {
  await eventually(async () => {
    const { rows } = await pool.query<{ event_id: string; runs: number; state: string }>(
      `select e.event_id, t.runs, e.state from posthorn.events e left join toy_effects t using (event_id)
       where e.event_id = any($1)`,
      [events.map(({ id }) => id)],
    )
    assert.equal(rows.length, events.length)
    for (const row of rows) assert.deepEqual([row.runs, row.state], [1, 'processed'])
  }, PATIENCE)
}

const reconcile = async (): Promise<ReconcileTotals> =>
  (await (await startReconcile(temporal.client, { source: 'toy' })).result()) as ReconcileTotals

test('a dropped event is recovered and runs, and its late webhook is a duplicate without an effect', async () => {
  const events = happen(25)
  const [dropped, ...others] = events as [Fact, ...Fact[]]
  for (const event of others) assert.equal(await arrive(event), 'new')
  const totals = await reconcile()
  assert.deepEqual(totals, { listings: 1, listed: 25, recovered: 1, doubtful: 0 })
  await assertOneEffectEach(events)
  assert.equal(await arrive(dropped), 'duplicate')
  await assertOneEffectEach(events)
  const { rows } = await pool.query('select from posthorn.queue union all select from posthorn.open_runs')
  assert.equal(rows.length, 0)
})

test('a rate limit is waited out as long as the provider says, and meanwhile nothing counts as done', async () => {
  const events = happen(15)
  let limited = 0
  refusal = () => {
    limited += 1
    return limited <= 2 ? { status: 429, headers: { 'retry-after': '1' } } : undefined
  }
  const result = reconcile()
  await eventually(() => limited >= 1, PATIENCE)
  const [window] = await listCoverage(pool, { limit: 1 })
  assert.deepEqual([window?.state, window?.listings], ['open', 0])
  await result
  assert.ok(limited >= 3)
  await assertOneEffectEach(events)
})

test('a refusal fails the run, and the window stays open and in doubt until the list can be read again', async () => {
  const events = happen(3)
  refusal = () => ({ status: 403 })
  await assert.rejects(reconcile())
  const [doubtful] = await listCoverage(pool, { limit: 1 })
  assert.deepEqual([doubtful?.state, doubtful?.listings, doubtful?.doubt], ['open', 0, 'refused'])
  refusal = undefined
  await reconcile()
  const windows = await listCoverage(pool, { limit: 10 })
  assert.ok(windows.every(({ listings, doubt }) => listings === 1 && doubt === null))
  await assertOneEffectEach(events)
})

test('a worker that stops in the middle of a list leaves off where the next one goes on', async () => {
  const events = happen(60)
  const isSlow = new Set(['50'])
  refusal = () => (isSlow.size > 0 && (asked.get('50') ?? 0) > 0 ? { status: 503 } : undefined)
  const handle = await startReconcile(temporal.client, { source: 'toy' })
  await eventually(() => (asked.get('50') ?? 0) > 0, PATIENCE)
  await running.stop()
  isSlow.clear()
  const { port } = api.address() as AddressInfo
  const access = { token: 't', baseUrl: `http://127.0.0.1:${port}` }
  running = await startTestEngine({ database, temporal, source: { ...source, api: access } })
  const totals = (await handle.result()) as { recovered: number }
  assert.equal(totals.recovered, 60)
  for (const [page, times] of asked) assert.ok(times === 1 || page === '50', `page ${page} was read ${times} times`)
  await assertOneEffectEach(events)
})

test('the schedule runs by itself, and a pause by a person survives every deployment', async () => {
  const specs = scheduleSpecs([source])
  const { client } = temporal
  const first = await ensureSchedules(client, specs, RECONCILE_SCHEDULES)
  assert.ok(first.created.includes(reconcileId('toy')))
  const events = happen(3)
  await assertOneEffectEach(events)

  const handle = client.schedule.getHandle(reconcileId('toy'))
  await handle.pause('the provider asked us to')
  const faster = scheduleSpecs([{ ...source, reconcile: { ...DEFAULT_RECONCILE, everyMs: 60_000 } }])
  assert.deepEqual((await ensureSchedules(client, faster, RECONCILE_SCHEDULES)).created, [])
  const { state, spec, policies } = await handle.describe()
  assert.deepEqual([state.paused, state.note], [true, 'the provider asked us to'])
  assert.deepEqual([spec.intervals?.[0]?.every, spec.jitter], [60_000, 6_000])
  assert.deepEqual(
    [policies.overlap, policies.catchupWindow],
    ['SKIP', 60_000],
    'one at a time, and no run for what was missed',
  )

  const without = scheduleSpecs([{ ...source, id: 'another' }])
  await eventually(async () => {
    const { removed } = await ensureSchedules(client, without, RECONCILE_SCHEDULES)
    assert.deepEqual(removed, [reconcileId('toy')])
  }, PATIENCE)
  await client.schedule.getHandle(reconcileId('another')).delete()
})
