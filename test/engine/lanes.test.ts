import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Inbox, createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { type TestTemporal, connectTemporal, createNamespace } from '../support/temporal.ts'
import { type TestEngine, startTestEngine } from '../support/test-engine.ts'
import { toySource } from '../support/toy-source.ts'

let database: TestDatabase
let temporal: TestTemporal
let pool: Pool
let inbox: Inbox
let engines: TestEngine[]

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
  await pool.query('create table turns (n integer generated always as identity, event_id text, what text)')
  const root = await connectTemporal()
  temporal = await connectTemporal({ namespace: await createNamespace(root.connection) })
  await root.close()
  const source = toySource()
  engines = [
    await startTestEngine({ database, temporal, source }),
    await startTestEngine({ database, temporal, source }),
  ]
  inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
})
after(async () => {
  await Promise.all(engines.map((engine) => engine.stop()))
  await temporal.close()
  await database.drop()
})

async function accept(eventId: string, entityId: string, sequence: number): Promise<void> {
  const body = Buffer.from(JSON.stringify({ id: eventId, type: 'toy/serial' }))
  const entity = { kind: 'thing', id: entityId }
  const event = { source: 'toy', provider: 'toy', eventId, type: 'serial', body, entity, sequence: BigInt(sequence) }
  await inbox.accept(incomingEvent(event))
}

async function turnsOf(prefixes: string[]): Promise<string[]> {
  const { rows } = await pool.query<{ event_id: string; what: string }>('select event_id, what from turns order by n')
  return rows
    .filter((row) => prefixes.some((prefix) => row.event_id.startsWith(prefix)))
    .map((row) => `${row.what} ${row.event_id}`)
}

test('two workers run the events of one entity in sequence and never two at once, past a dead one', async () => {
  await accept('in-1', 'a', 1)
  await eventually(async () => assert.equal((await turnsOf(['in-', 'dies'])).length, 2), { timeoutMs: 60_000 })
  // The whole burst arrives in the wrong order, with a gap: 6 never comes.
  const arrivals = [
    ['in-5', 5],
    ['dies-3', 3],
    ['in-7', 7],
    ['in-4', 4],
    ['in-2', 2],
  ] as const
  for (const [id, sequence] of arrivals) await accept(id, 'a', sequence)
  const order = ['in-1', 'in-2', 'dies-3', 'in-4', 'in-5', 'in-7']
  const expected = order.flatMap((id) => [`begin ${id}`, `end ${id}`])
  await eventually(async () => assert.deepEqual(await turnsOf(['in-', 'dies']), expected), { timeoutMs: 60_000 })
})

test('lanes of different entities do not wait for each other', async () => {
  const entities = ['b', 'c', 'd', 'e']
  for (const entity of entities) for (let n = 1; n <= 5; n += 1) await accept(`${entity}-${n}`, entity, n)
  await eventually(
    async () => {
      for (const entity of entities) {
        const expected = [1, 2, 3, 4, 5].flatMap((n) => [`begin ${entity}-${n}`, `end ${entity}-${n}`])
        assert.deepEqual(await turnsOf([`${entity}-`]), expected)
      }
    },
    { timeoutMs: 60_000 },
  )
  await eventually(async () => {
    const { rows } = await pool.query('select 1 from posthorn.lane_entries')
    assert.equal(rows.length, 0)
  })
})

test('an event that would pass an earlier one is looked at again at once, and not at the next poll', async () => {
  const engine = await startTestEngine({
    ...{ database, temporal, source: toySource({ id: 'slow' }) },
    dispatcher: { maxInFlight: 16, leaseMs: 5_000, pollMs: 60_000, checkAfterMs: 60_000 },
  })
  engines.push(engine)
  const entity = { kind: 'thing', id: 'f' }
  const event = { source: 'slow', provider: 'toy', type: 'serial', entity }
  const { key } = await inbox.accept(
    incomingEvent({ ...event, eventId: 'f-1', hold: { state: 'parked', reason: 'dispatched elsewhere' } }),
  )
  await pool.query(
    `insert into posthorn.queue (source, key, lease, available_at) values ('slow', $1, gen_random_uuid(), now() + interval '1 hour')`,
    [key],
  )
  await inbox.accept(incomingEvent({ ...event, eventId: 'f-2' }))
  const startedAt = performance.now()
  const looks = new Set<number>()
  await eventually(
    async () => {
      const { rows } = await pool.query<{ at: Date }>(`select available_at as at from posthorn.queue where key <> $1`, [
        key,
      ])
      for (const { at } of rows) looks.add(at.getTime())
      assert.ok(looks.size >= 20)
    },
    { timeoutMs: 60_000 },
  )
  // What else wakes the dispatcher comes once a second.
  assert.ok(performance.now() - startedAt < 10_000)
  await pool.query('delete from posthorn.queue where key = $1', [key])
  await eventually(async () => assert.deepEqual(await turnsOf(['f-']), ['begin f-2', 'end f-2']), { timeoutMs: 60_000 })
})
