import assert from 'node:assert/strict'
import { type TestContext, after, before, beforeEach, test } from 'node:test'
import { processed } from '../../src/domain/event.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { recoverLostRun, takeDueRuns } from '../../src/storage/open-runs.ts'
import { markParked } from '../../src/storage/park.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type Claim, claimQueue, leasedRow, markUnrouted, recordStarts, releaseClaim } from '../../src/storage/queue.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { offerUnrouted } from '../../src/storage/offer-unrouted.ts'
import { deployRouteTable, isSuperseded } from '../../src/storage/route-tables.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
})
after(() => database.drop())
beforeEach(async () => {
  await pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.parked, posthorn.open_runs, posthorn.runs,
    posthorn.dead_letters, posthorn.unrouted, posthorn.route_tables`)
  await deploy('now')
})

const deploy = (hash: string) => deployRouteTable(pool, { hash, routes: [] })
const claim = (limit = 10, { leaseMs = 10_000, routes = 'now' } = {}) =>
  claimQueue(pool, { limit, leaseMs, routes, rooms: [['shop', limit]] })
const dead = (code: string) => ({ state: 'dead', code, message: 'broken' }) as const

async function accept(eventId: string): Promise<string> {
  return (await createInbox({ pool }).accept(incomingEvent({ eventId }))).key
}

async function claimOne(): Promise<Claim> {
  const [claimed] = await claim(1)
  assert.ok(claimed)
  return claimed
}

const recordStart = (claimed: Claim, handlers = ['settle']) =>
  recordStarts(
    pool,
    handlers.map((handler) => ({
      ...leasedRow(claimed),
      key: claimed.event.key,
      handler,
      attempt: claimed.attempt,
      workflowId: `event/${handler}`,
    })),
    60_000,
  )

async function stateOf(key: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ state: string }>('select state from posthorn.events where key = $1', [key])
  return rows[0]?.state
}

const rowsIn = async (table: string): Promise<number> =>
  (await pool.query<{ n: number }>(`select count(*)::integer as n from posthorn.${table}`)).rows[0]?.n ?? -1

test('an event goes from received by dispatched to processed, with two updates of its row', async (t) => {
  const key = await accept('evt_1')
  const updates = await countUpdates(t)
  assert.equal(await stateOf(key), 'received')
  await recordStart(await claimOne())
  assert.equal(await stateOf(key), 'dispatched')
  assert.equal(await updates(), 1)
  assert.deepEqual(await closeRuns(pool, [{ key, handler: 'settle', attempt: 1, outcome: processed() }]), [true])
  assert.equal(await stateOf(key), 'processed')
  assert.equal(await updates(), 2)
  assert.deepEqual([await rowsIn('queue'), await rowsIn('open_runs'), await rowsIn('runs')], [0, 0, 1])
})

/** Counts the updates of events from now on. */
async function countUpdates(t: TestContext): Promise<() => Promise<number>> {
  await pool.query(
    `create table posthorn.updates (key uuid);
     create function posthorn.note_update() returns trigger language plpgsql
       as $$ begin insert into posthorn.updates values (new.key); return null; end $$;
     create trigger note_update after update on posthorn.events for each row execute function posthorn.note_update()`,
  )
  t.after(() =>
    pool.query(
      'drop trigger note_update on posthorn.events; drop function posthorn.note_update; drop table posthorn.updates',
    ),
  )
  return () => rowsIn('updates')
}

test('a run that ends before its start is recorded is closed once and never opened', async () => {
  const key = await accept('evt_1')
  const claimed = await claimOne()
  await closeRuns(pool, [{ key, handler: 'settle', attempt: 1, outcome: processed() }])
  assert.equal(await stateOf(key), 'received', 'the dispatcher may still have other handlers to start')
  await recordStart(claimed)
  assert.equal(await stateOf(key), 'processed')
  assert.equal(await rowsIn('open_runs'), 0)
})

test('two dispatchers on one queue never hold the same row', async () => {
  for (let n = 0; n < 60; n += 1) await accept(`evt_${n}`)
  const batches = await Promise.all(Array.from({ length: 6 }, () => claim(10)))
  const claimed = batches.flat().map(({ seq }) => seq)
  assert.equal(new Set(claimed).size, claimed.length)
  assert.ok(claimed.length >= 50)
})

test('a claim takes of each source what there is room for, and live work before replays', async () => {
  for (let n = 0; n < 5; n += 1)
    await createInbox({ pool }).accept(incomingEvent({ source: 'busy', eventId: `evt_${n}` }))
  await createInbox({ pool }).accept(incomingEvent({ source: 'quiet', eventId: 'evt_1' }))
  await pool.query(
    `update posthorn.queue set priority = 1 where key = (select key from posthorn.events where event_id = 'evt_0')`,
  )
  const rooms = [
    ['busy', 2],
    ['quiet', 2],
    ['nothing', 2],
  ] as const
  const claims = await claimQueue(pool, { limit: 10, leaseMs: 10_000, routes: 'now', rooms })
  assert.deepEqual(claims.map(({ event }) => `${event.source}/${event.eventId}`).sort(), [
    'busy/evt_1',
    'busy/evt_2',
    'quiet/evt_1',
  ])
  const rest = await claimQueue(pool, { limit: 10, leaseMs: 10_000, routes: 'now', rooms: [['busy', 10]] })
  assert.equal(rest.at(-1)?.event.eventId, 'evt_0', 'the replay goes last')
})

test('behind a live backlog that does not end, one of ten rows goes to replays and backfills all the same', async () => {
  for (let n = 0; n < 40; n += 1) await accept(`evt_${n}`)
  await pool.query(
    `update posthorn.queue q set priority = e.priority from (values ('evt_7', 2), ('evt_8', 1), ('evt_9', 1)) e(event_id, priority)
     where q.key = (select key from posthorn.events where event_id = e.event_id)`,
  )
  const take = async (room: number, oneLater = false): Promise<number[]> => {
    const rooms = [['shop', room]] as const
    const claims = await claimQueue(pool, { limit: room, rooms, oneLater, leaseMs: 10_000, routes: 'now' })
    assert.equal(claims.length, room)
    return claims.map(({ priority }) => priority).filter((priority) => priority > 0)
  }
  assert.deepEqual(await take(10), [1])
  assert.deepEqual(await take(9), [], 'live work goes first')
  assert.deepEqual(await take(1, true), [1])
  assert.deepEqual(await take(3, true), [2])
  assert.deepEqual(await take(10), [], 'nothing else waits')
})

test('a claim whose dispatcher died is free again after its lease, and the dead one can no longer record', async () => {
  const key = await accept('evt_1')
  const [lost] = await claim(1, { leaseMs: 0 })
  assert.ok(lost)
  const taken = await claimOne()
  assert.equal(taken.claims, 2)
  await recordStart(lost)
  assert.equal(await rowsIn('queue'), 1, 'the row belongs to its new claimer')
  await recordStart(taken)
  assert.equal(await stateOf(key), 'dispatched')
})

test('a released claim comes back after its delay', async () => {
  await accept('evt_1')
  await releaseClaim(pool, await claimOne(), 60_000)
  assert.equal((await claim()).length, 0)
  await pool.query('update posthorn.queue set available_at = now()')
  assert.equal((await claim()).length, 1)
})

test('a dispatcher with another route table than the deployed one claims nothing', async () => {
  await accept('evt_1')
  await deploy('newer')
  assert.deepEqual(await claim(), [])
  assert.equal((await claim(1, { routes: 'newer' })).length, 1)
  assert.deepEqual(
    [await isSuperseded(pool, 'now'), await isSuperseded(pool, 'newer'), await isSuperseded(pool, 'unseen')],
    [true, false, false],
  )
})

test('unrouted events are offered again once there is a route for their type, a batch at a time, unless they are old', async () => {
  const keys = await Promise.all(['evt_1', 'evt_2', 'evt_3', 'evt_old'].map(accept))
  for (const claimed of await claim()) await markUnrouted(pool, claimed)
  await pool.query(`update posthorn.unrouted set received_at = now() - interval '73 hours' where key = $1`, [keys[3]])
  assert.equal(await offerUnrouted(pool, () => false, 2), 0)
  const wants = (provider: string, type: string) => provider === 'stripe' && type === 'invoice.paid'
  assert.deepEqual([await offerUnrouted(pool, wants, 2), await offerUnrouted(pool, wants, 2)], [2, 1])
  assert.equal(await offerUnrouted(pool, wants, 2), 0)
  assert.deepEqual(await Promise.all(keys.map(stateOf)), ['received', 'received', 'received', 'unrouted'])
  assert.equal((await claim()).length, 3)
})

test('an event is settled when its last handler closes, and one dead run makes it dead', async () => {
  const key = await accept('evt_1')
  await recordStart(await claimOne(), ['settle', 'mirror'])
  await closeRuns(pool, [{ key, handler: 'mirror', attempt: 1, outcome: processed() }])
  assert.equal(await stateOf(key), 'dispatched')
  await closeRuns(pool, [{ key, handler: 'settle', attempt: 1, outcome: dead('card_declined') }])
  assert.equal(await stateOf(key), 'dead')
  const { rows } = await pool.query('select handler, attempt, code, replays from posthorn.dead_letters')
  assert.deepEqual(rows, [{ handler: 'settle', attempt: 1, code: 'card_declined', replays: 0 }])
})

test('two handlers that close at the same moment settle the event', async () => {
  for (let round = 0; round < 20; round += 1) {
    const key = await accept(`evt_${round}`)
    await recordStart(await claimOne(), ['settle', 'mirror'])
    await Promise.all(
      ['settle', 'mirror'].map((handler) => closeRuns(pool, [{ key, handler, attempt: 1, outcome: processed() }])),
    )
    assert.equal(await stateOf(key), 'processed')
  }
})

test('a second outcome of one attempt loses', async () => {
  const key = await accept('evt_1')
  await recordStart(await claimOne())
  const run = { key, handler: 'settle', attempt: 1 }
  assert.deepEqual(await closeRuns(pool, [{ ...run, outcome: processed() }]), [true])
  assert.deepEqual(await closeRuns(pool, [{ ...run, outcome: dead('late') }]), [false])
  assert.equal(await stateOf(key), 'processed')
  assert.equal(await rowsIn('dead_letters'), 0)
})

test('a dead event is replayed with the next attempt, and its late first attempt changes nothing', async () => {
  const key = await accept('evt_1')
  await recordStart(await claimOne())
  await closeRuns(pool, [{ key, handler: 'settle', attempt: 1, outcome: dead('run_terminated') }])
  assert.deepEqual(await replayEvent(pool, { source: 'shop', eventId: 'evt_1' }), {
    replayed: true,
    handler: 'settle',
    attempt: 2,
  })
  const again = await claimOne()
  assert.deepEqual([again.handler, again.attempt], ['settle', 2])
  await recordStart(again)
  await closeRuns(pool, [{ key, handler: 'settle', attempt: 2, outcome: processed() }])
  assert.deepEqual(await closeRuns(pool, [{ key, handler: 'settle', attempt: 1, outcome: dead('woke_up_late') }]), [
    false,
  ])
  assert.equal(await stateOf(key), 'processed')
  assert.equal(await rowsIn('dead_letters'), 0)
})

test('a replay is refused while a run is queued or open, and when the person saw an older attempt', async () => {
  const key = await accept('evt_1')
  const refusal = async (seenAttempt?: number) => {
    const result = await replayEvent(pool, { source: 'shop', eventId: 'evt_1', ...(seenAttempt && { seenAttempt }) })
    return result.replayed ? undefined : result.reason
  }
  assert.equal(await refusal(), 'run_open')
  await recordStart(await claimOne())
  assert.equal(await refusal(), 'run_open')
  await closeRuns(pool, [{ key, handler: 'settle', attempt: 1, outcome: processed() }])
  assert.equal(await refusal(7), 'superseded')
  const replays = await Promise.all(
    Array.from({ length: 10 }, () => replayEvent(pool, { source: 'shop', eventId: 'evt_1', seenAttempt: 1 })),
  )
  assert.equal(replays.filter(({ replayed }) => replayed).length, 1)
  assert.equal(await rowsIn('queue'), 1)
})

test('a parked event is kept with its reason, and a replay routes it anew', async () => {
  const key = await accept('evt_1')
  await markParked(pool, await claimOne(), { code: 'schema_mismatch', detail: 'data.object: missing' })
  assert.equal(await stateOf(key), 'parked')
  assert.deepEqual((await pool.query('select code, detail from posthorn.parked')).rows, [
    { code: 'schema_mismatch', detail: 'data.object: missing' },
  ])
  assert.deepEqual(await replayEvent(pool, { source: 'shop', eventId: 'evt_1' }), { replayed: true, attempt: 1 })
  assert.equal((await claimOne()).handler, undefined)
  assert.equal(await rowsIn('parked'), 0)
})

test('history that the mirror cannot take is parked like any event, and a replay is for the mirror', async () => {
  const hold = { state: 'ignored', reason: 'baseline' } as const
  const { key } = await createInbox({ pool }).accept(incomingEvent({ eventId: 'evt_1', hold, mirror: true }))
  await markParked(pool, await claimOne(), { code: 'api_version_mismatch', detail: 'old' })
  assert.equal(await stateOf(key), 'parked')
  const replayed = await replayEvent(pool, { source: 'shop', eventId: 'evt_1' })
  assert.deepEqual(replayed, { replayed: true, handler: 'mirror', attempt: 1 })
  assert.equal((await claimOne()).handler, 'mirror')
})

test('a run that Temporal lost gets one new attempt, and is dead when that is lost too', async () => {
  const key = await accept('evt_1')
  await recordStart(await claimOne())
  await pool.query('update posthorn.open_runs set check_at = now()')
  const [due] = await takeDueRuns(pool, 10, 60_000)
  assert.ok(due)
  assert.deepEqual([due.workflowId, due.event.eventId], ['event/settle', 'evt_1'])
  assert.deepEqual(await takeDueRuns(pool, 10, 60_000), [], 'a run is not due twice at once')
  assert.equal(await recoverLostRun(pool, due), 'retried')
  assert.deepEqual([await stateOf(key), await rowsIn('dead_letters')], ['received', 0])
  const second = await claimOne()
  assert.equal(second.attempt, 2)
  await recordStart(second)
  assert.equal(await recoverLostRun(pool, { key, handler: 'settle', attempt: 2 }), 'dead')
  assert.deepEqual([await stateOf(key), await rowsIn('dead_letters')], ['dead', 1])
})

test('an outcome that arrives while its run is given up as lost stays the outcome', async () => {
  const key = await accept('evt_1')
  await recordStart(await claimOne())
  await closeRuns(pool, [{ key, handler: 'settle', attempt: 1, outcome: processed() }])
  assert.equal(await recoverLostRun(pool, { key, handler: 'settle', attempt: 1 }), 'closed')
  assert.equal(await stateOf(key), 'processed')
})
