import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { type IncomingEvent, createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { adminQuery } from '../support/admin-query.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { connectTemporal, createNamespace } from '../support/temporal.ts'
import { startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

async function ownDatabase(t: TestContext): Promise<{ database: TestDatabase; pool: Pool }> {
  const database = await createTestDatabase()
  t.after(() => database.drop())
  return { database, pool: database.pool() }
}

interface Writes {
  inserted: number
  updated: number
  deleted: number
}

/** Rows written since the database was made, by table. Sessions hand in their counts when they end, so they are ended first. */
async function writes({ url }: TestDatabase): Promise<Record<string, Writes>> {
  await adminQuery(
    url,
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
  )
  const { rows } = await adminQuery(
    url,
    `select regexp_replace(relname, '_[0-9]{8}$', '') as table, sum(n_tup_ins)::integer as inserted,
       sum(n_tup_upd)::integer as updated, sum(n_tup_del)::integer as deleted
     from pg_stat_user_tables where schemaname = 'posthorn' and relname <> 'migrations'
     group by 1 having sum(n_tup_ins + n_tup_upd + n_tup_del) > 0`,
  )
  return Object.fromEntries((rows as (Writes & { table: string })[]).map(({ table, ...counts }) => [table, counts]))
}

test('one event costs one statement and three rows', async (t) => {
  const { database, pool } = await ownDatabase(t)
  const query = t.mock.method(pool, 'query')
  await createInbox({ pool }).accept(incomingEvent())
  assert.equal(query.mock.callCount(), 1)
  const row = { inserted: 1, updated: 0, deleted: 0 }
  assert.deepEqual(await writes(database), { bodies: row, events: row, queue: row })
})

test('events that are accepted together share one statement', async (t) => {
  const { pool } = await ownDatabase(t)
  const query = t.mock.method(pool, 'query')
  const inbox = createInbox({ pool })
  await Promise.all(Array.from({ length: 100 }, () => inbox.accept(incomingEvent())))
  assert.equal(query.mock.callCount(), 1)
})

test('a redelivery costs one statement more, which only reads', async (t) => {
  const { database, pool } = await ownDatabase(t)
  const event = incomingEvent()
  const inbox = createInbox({ pool })
  await inbox.accept(event)
  const query = t.mock.method(pool, 'query')
  assert.equal((await inbox.accept(event)).acceptance, 'duplicate')
  assert.equal(query.mock.callCount(), 2)
  const row = { inserted: 1, updated: 0, deleted: 0 }
  assert.deepEqual(await writes(database), { bodies: row, events: row, queue: row })
})

test('from dispatch to outcome the row of an event is updated twice at most, whether one run belongs to it or two', async (t) => {
  const { database, pool } = await ownDatabase(t)
  await pool.query('create table toy_effects (event_id text primary key, runs integer not null)')
  const shared = await connectTemporal()
  const temporal = await connectTemporal({ namespace: await createNamespace(shared.connection) })
  await shared.close()
  t.after(() => temporal.close())
  const source = toySource({ mirror: true, api: { token: 't', baseUrl: await startApi(t) } })
  // Long enough that a slow machine takes no lease and no open run for an abandoned one.
  const dispatcher = { maxInFlight: 16, leaseMs: 60_000, pollMs: 200, checkAfterMs: 600_000 }
  const running = await startTestEngine({ database, temporal, source, dispatcher })

  const inbox = createInbox({ pool })
  const toy: Partial<IncomingEvent> = { source: 'toy', provider: 'toy', mirror: true }
  const plain = Array.from({ length: 20 }, () => incomingEvent({ ...toy, type: 'plain' }))
  const mirrored = Array.from({ length: 20 }, (_, index) =>
    incomingEvent({ ...toy, type: 'thing.reading', entity: { kind: 'thing', id: `thing_${index}` } }),
  )
  await Promise.all([...plain, ...mirrored].map(inbox.accept))
  await eventually(
    async () => {
      const { rowCount } = await pool.query(`select from posthorn.events where state = 'processed'`)
      assert.equal(rowCount, 40)
    },
    { timeoutMs: 60_000 },
  )
  await running.stop()

  const { events, runs, queue, open_runs: openRuns, dead_letters: deadLetters } = await writes(database)
  assert.equal(events?.inserted, 40)
  assert.ok((events?.updated ?? Infinity) <= 80, `${events?.updated} updates of 40 events`)
  assert.deepEqual(runs, { inserted: 60, updated: 0, deleted: 0 })
  assert.equal(queue?.inserted, 40)
  assert.equal(queue.deleted, 40)
  assert.ok((openRuns?.inserted ?? Infinity) <= 60)
  assert.equal(openRuns?.updated, 0)
  assert.equal(deadLetters, undefined)
})

/** Knows every thing. */
async function startApi(t: TestContext): Promise<string> {
  const server = createServer((_request, response) => response.end('{"size":1}')).listen(0, '127.0.0.1')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
