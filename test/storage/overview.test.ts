import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { processed } from '../../src/domain/event.ts'
import { saveEntity } from '../../src/storage/entities.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { readMirror, readOverview } from '../../src/storage/overview.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { createThrowawayDatabase } from '../../src/storage/throwaway-database.ts'
import { adminQuery } from '../support/admin-query.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())

test('the overview counts events by state, and what is not closed', async () => {
  assert.deepEqual(await readOverview(pool), {
    events: { received: 0, dispatched: 0, processed: 0, ignored: 0, dead: 0, unrouted: 0, parked: 0 },
    unfinished: 0,
    closedMs: undefined,
    deadLetters: new Map(),
  })
  const inbox = createInbox({ pool })
  await inbox.accept(incomingEvent({ hold: { state: 'parked', reason: 'schema_mismatch' } }))
  const keys: string[] = []
  for (let n = 0; n < 3; n += 1) keys.push((await inbox.accept(incomingEvent())).key)
  const { events, unfinished } = await readOverview(pool)
  assert.equal(events.parked, 1)
  assert.equal(events.received, 3)
  assert.equal(unfinished, 3)
})

test('the overview tells how long events took to be closed, and why some are dead', async () => {
  const inbox = createInbox({ pool })
  for (const outcome of [processed(), { state: 'dead' as const, code: 'no_luck', message: 'None.' }]) {
    const { key } = await inbox.accept(incomingEvent())
    await pool.query(
      `update posthorn.events set state = 'dispatched', received_at = now() - interval '2 s' where key = $1`,
      [key],
    )
    await closeRuns(pool, [{ key, handler: 'handler', attempt: 1, outcome }])
  }
  const { events, closedMs, deadLetters } = await readOverview(pool)
  assert.equal(events.processed, 1)
  assert.equal(events.dead, 1)
  assert.ok(closedMs && closedMs.p50 >= 2000 && closedMs.p99 < 12_000)
  assert.deepEqual(deadLetters, new Map([['no_luck', 1]]))
})

test('the mirror is read whole, with tombstones that have no state', async () => {
  const { key: eventKey } = await createInbox({ pool }).accept(incomingEvent())
  const view = { source: 'shop', version: 1n, eventKey }
  await saveEntity(pool, { ...view, entity: { kind: 'order', id: 'a' }, state: { size: 1 } })
  await saveEntity(pool, { ...view, entity: { kind: 'order', id: 'b' }, deletedBy: 'event' })
  const mirror = await readMirror(pool)
  assert.deepEqual(
    mirror.toSorted((one, other) => one.entity.id.localeCompare(other.entity.id)),
    [
      { source: 'shop', entity: { kind: 'order', id: 'a' }, state: { size: 1 } },
      { source: 'shop', entity: { kind: 'order', id: 'b' }, state: undefined },
    ],
  )
})

test('a throwaway database is there until it is dropped, whoever is still connected', async () => {
  const name = `posthorn_throwaway_${process.pid}`
  const throwaway = await createThrowawayDatabase(database.url, name)
  const named = () => adminQuery(database.url, `select from pg_database where datname = '${name}'`)
  assert.equal(new URL(throwaway.url).pathname, `/${name}`)
  assert.equal((await named()).rowCount, 1)
  await throwaway.drop()
  assert.equal((await named()).rowCount, 0)
})
