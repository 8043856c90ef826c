import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { askApproval } from '../../src/storage/approvals.ts'
import { enterEffect } from '../../src/storage/effects.ts'
import { type ExpiryCursor, deleteExpiredAnomalies, deleteExpiredEvents } from '../../src/storage/expire-rows.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { deleteOrphanedEffects } from '../../src/storage/orphaned-effects.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { lockEvents } from '../../src/storage/settle.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { ageEverything } from './age.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 8 })
})
after(() => database.drop())
beforeEach(() =>
  pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.runs, posthorn.dead_letters,
    posthorn.unrouted, posthorn.parked, posthorn.open_runs, posthorn.anomalies, posthorn.effect_ledger`),
)

async function accept(count: number): Promise<string[]> {
  const inbox = createInbox({ pool })
  const accepted = await Promise.all(Array.from({ length: count }, () => inbox.accept(incomingEvent())))
  return accepted.map(({ key }) => key)
}

async function close(keys: string[], outcome: 'processed' | 'dead' = 'processed'): Promise<void> {
  await pool.query('delete from posthorn.queue where key = any($1)', [keys])
  await pool.query(`update posthorn.events set state = 'dispatched' where key = any($1)`, [keys])
  const state = outcome === 'dead' ? { state: outcome, code: 'broken', message: 'broken' } : { state: outcome }
  await closeRuns(
    pool,
    keys.map((key) => ({ key, handler: 'orders', attempt: 1, outcome: state })),
  )
}

const expire = (after?: ExpiryCursor, limit = 100) =>
  deleteExpiredEvents(pool, { effectsPool: pool, days: 90, after, limit })

const keysIn = async (table: string): Promise<string[]> =>
  (await pool.query<{ key: string }>(`select key from posthorn.${table} order by key`)).rows.map(({ key }) => key)

test('an event goes a day after its time, with its runs, questions, effects and anomalies', async () => {
  const inbox = createInbox({ pool })
  const event = incomingEvent()
  const { key } = await inbox.accept(event)
  await inbox.accept({ ...event, body: Buffer.from('another') })
  await enterEffect(pool, { key, handler: 'orders', name: 'mail', discriminator: '', attempt: 1, argumentsHash: null })
  const question = { name: 'send', summary: 'Send it?', withinMs: 1_000, workflowId: 'event/shop/1/orders' }
  await askApproval(pool, { key, handler: 'orders', attempt: 1, ...question }, false)
  await close([key])
  await ageEverything(pool, 90)
  assert.deepEqual(await expire(), { deleted: 0, next: undefined })
  await ageEverything(pool, 2)
  assert.deepEqual(await expire(), { deleted: 1, next: undefined })
  for (const table of ['events', 'runs', 'effect_ledger', 'anomalies', 'approvals']) {
    assert.deepEqual(await keysIn(table), [], table)
  }
})

const ledgerOf = (key: string) =>
  enterEffect(pool, { key, handler: 'orders', name: 'mail', discriminator: '', attempt: 1, argumentsHash: null })

test('an event that could not be deleted still knows what it has done', async (t) => {
  const [key] = (await accept(1)) as [string]
  await ledgerOf(key)
  await close([key])
  await ageEverything(pool, 100)
  await pool.query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'not today'; end $$;
     create constraint trigger refused after delete on posthorn.events deferrable initially deferred
       for each row execute function refuse()`,
  )
  t.after(() => pool.query('drop function if exists refuse cascade'))
  await assert.rejects(expire(), /not today/)
  assert.deepEqual([await keysIn('events'), await keysIn('effect_ledger')], [[key], [key]])
  await pool.query('drop function refuse cascade')
  assert.equal((await expire()).deleted, 1)
  assert.deepEqual(await keysIn('effect_ledger'), [])
})

test('old rows of the ledger whose event is gone are found, a part of the keys at a turn', async () => {
  const [kept] = (await accept(1)) as [string]
  const orphaned = Array.from({ length: 5 }, (_, n) => `ab${String(n).repeat(6)}-0000-4000-8000-000000000000`)
  const elsewhere = 'ac000000-0000-4000-8000-000000000000'
  for (const key of [kept, ...orphaned, elsewhere]) await ledgerOf(key)
  const look = async (turn: number): Promise<number> => {
    const batch = { effectsPool: pool, days: 90, turn, limit: 2 }
    let total = 0
    for (let after: string | undefined, isOver = false; !isOver;) {
      const { deleted, next } = await deleteOrphanedEffects(pool, { ...batch, after })
      total += deleted
      after = next
      isOver = next === undefined
    }
    return total
  }
  assert.equal(await look(0xab), 0, 'they may belong to events that a restore has yet to bring back')
  await pool.query(`update posthorn.effect_ledger set started_at = now() - interval '92 days'`)
  assert.equal(await look(256 + 0xab), 5)
  assert.deepEqual(await keysIn('effect_ledger'), [kept, elsewhere].toSorted())
  for (let turn = 0; turn < 256; turn += 1) await look(turn)
  assert.deepEqual(await keysIn('effect_ledger'), [kept])
})

test('what is unfinished stays however old it is, and does not stand in the way of what is finished', async () => {
  const [queued, dead, ...finished] = (await accept(20)) as [string, string, ...string[]]
  await close([dead], 'dead')
  await close(finished)
  await ageEverything(pool, 100)
  let deleted = 0
  let reached: ExpiryCursor | undefined
  let batches = 0
  do {
    const batch = await expire(reached, 3)
    deleted += batch.deleted
    reached = batch.next
    batches += 1
  } while (reached !== undefined)
  assert.deepEqual({ deleted, batches }, { deleted: 18, batches: 7 })
  assert.deepEqual(await keysIn('events'), [queued, dead].toSorted())
})

test('a replay that holds the event is not waited for, and keeps it', async () => {
  const [key] = (await accept(1)) as [string]
  await close([key])
  await ageEverything(pool, 100)
  const replaying = await pool.connect()
  await replaying.query('begin')
  await lockEvents(replaying, [key])
  await replaying.query(`insert into posthorn.queue (source, key, handler, attempt) values ('shop', $1, 'orders', 2)`, [
    key,
  ])
  assert.equal((await expire()).deleted, 0)
  await replaying.query('commit')
  replaying.release()
  assert.equal((await expire()).deleted, 0)
  assert.deepEqual(await keysIn('events'), [key])
})

test('anomalies go with the bodies of their time', async () => {
  const inbox = createInbox({ pool })
  const event = incomingEvent()
  await inbox.accept(event)
  await inbox.accept({ ...event, body: Buffer.from('another') })
  await ageEverything(pool, 29)
  assert.equal(await deleteExpiredAnomalies(pool, 30, 10), 0)
  await ageEverything(pool, 2)
  assert.equal(await deleteExpiredAnomalies(pool, 30, 10), 1)
})

/** Where a column `key` names an event, and what becomes of the row. */
const KNOWN: Record<string, string> = {
  events: 'the event itself',
  ...{ queue: 'unfinished', open_runs: 'unfinished', lane_entries: 'unfinished', held_runs: 'unfinished' },
  ...{ dead_letters: 'unfinished', unrouted: 'unfinished', parked: 'unfinished', replay_items: 'unfinished' },
  ...{ runs: 'goes with the event', run_failures: 'goes with the event', effect_ledger: 'goes with the event' },
  ...{ anomalies: 'goes with the event', kept_bodies: 'goes with the event', approvals: 'goes with the event' },
  waits: 'goes with its run, which is closed before the event is finished',
  ...{ bodies: 'goes with its day', receipts: 'goes with its day' },
  listed_events: 'goes with its listing',
}

test('every table that names events is known to retention', async () => {
  const { rows } = await pool.query<{ name: string }>(
    `select c.relname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
     where c.relnamespace = 'posthorn'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
       and a.attname = 'key' and a.atttypid = 'uuid'::regtype and not a.attisdropped order by 1`,
  )
  assert.deepEqual(
    rows.map(({ name }) => name),
    Object.keys(KNOWN).toSorted(),
  )
  const { rows: lists } = await pool.query<{ definition: string }>(
    `select pg_get_viewdef('posthorn.unfinished'::regclass) as definition`,
  )
  for (const [table, fate] of Object.entries(KNOWN)) {
    const isListed = new RegExp(`\\b${table}\\b`).test(lists[0]?.definition ?? '')
    assert.equal(isListed, fate === 'unfinished', table)
  }
})
