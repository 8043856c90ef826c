import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type ClosingOutcome, ignored, processed } from '../../src/domain/event.ts'
import { MAX_REPLAYS_IN_FLIGHT } from '../../src/domain/replay-ramp.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { recoverLostRun } from '../../src/storage/open-runs.ts'
import { markParked } from '../../src/storage/park.ts'
import { claimQueue, leasedRow, markUnrouted, recordStarts } from '../../src/storage/queue.ts'
import { replayEvent } from '../../src/storage/replay.ts'
import { type ReplayStep, advanceReplay } from '../../src/storage/replays/advance-replay.ts'
import { listReplays, readReplay } from '../../src/storage/replays/bulk-replay.ts'
import { cancelReplay } from '../../src/storage/replays/cancel-replay.ts'
import { previewReplay } from '../../src/storage/replays/preview-replay.ts'
import type { ReplayFilter } from '../../src/storage/replays/replay-filter.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
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
    posthorn.dead_letters, posthorn.unrouted, posthorn.route_tables, posthorn.replays, posthorn.replay_items, posthorn.audit_log`)
  await deployRouteTable(pool, { hash: 'now', routes: [] })
})

const dead = (code = 'broken') => ({ state: 'dead', code, message: 'it broke' }) as const

const claim = (limit: number, source = 'shop') =>
  claimQueue(pool, { limit, leaseMs: 10_000, routes: 'now', rooms: [[source, limit]] })

async function accept(eventId: string, more: { source?: string; type?: string } = {}): Promise<string> {
  return (await createInbox({ pool }).accept(incomingEvent({ eventId, ...more }))).key
}

/** What the dispatcher and a worker do with everything that is queued. */
async function runQueued(outcome: (eventId: string) => ClosingOutcome, source = 'shop'): Promise<string[]> {
  const claims = await claim(1_000, source)
  const runs = claims.map((claimed) => ({
    ...leasedRow(claimed),
    key: claimed.event.key,
    handler: claimed.handler ?? 'settle',
    attempt: claimed.attempt,
    workflowId: 'event/it',
  }))
  if (runs.length === 0) return []
  await recordStarts(pool, runs, 60_000)
  await closeRuns(
    pool,
    runs.map(({ key, handler, attempt }, index) => ({
      key,
      handler,
      attempt,
      outcome: outcome(claims[index]?.event.eventId ?? ''),
    })),
  )
  return claims.map(({ event }) => event.eventId)
}

async function bury(count: number, from = 0): Promise<void> {
  for (let n = from; n < from + count; n += 1) await accept(`evt_${String(n).padStart(4, '0')}`)
  await runQueued(() => dead())
}

const start = (filter: Partial<ReplayFilter> = {}, ramp = {}): Promise<string> =>
  recordReplay(pool, {
    actor: 'ada',
    reason: 'the fix is out',
    filter: { state: 'dead', ...filter },
    ramp: { canary: 10, rate: 100_000, stopAbove: 0.05, ...ramp },
  })

/** Time passes for the rate, too. */
async function advance(id: string): Promise<ReplayStep> {
  await pool.query(`update posthorn.replays set advanced_at = advanced_at - interval '1 second' where id = $1`, [id])
  return advanceReplay(pool, id)
}

/** To its end, while runs close as `outcome` says. */
async function drive(id: string, outcome: (eventId: string) => ClosingOutcome): Promise<ReplayStep> {
  for (let steps = 0; steps < 1_000; steps += 1) {
    const step = await advance(id)
    if (step.ended) return step
    await runQueued(outcome)
  }
  throw new Error('the replay does not end')
}

const attempts = async (): Promise<Record<string, number>> => {
  const { rows } = await pool.query<{ attempts: number; events: number }>(
    `select attempts, count(*)::integer as events from (
       select max(attempt) as attempts, count(*) as rows from posthorn.runs group by key, handler having count(*) = max(attempt)) r
     group by attempts`,
  )
  return Object.fromEntries(rows.map((row) => [row.attempts, row.events]))
}

const auditOf = async (): Promise<unknown[]> =>
  (await pool.query<object>('select actor, action, reason from posthorn.audit_log order by id')).rows

test('every dead run is replayed once, and the figures say so', async () => {
  await bury(120)
  const id = await start()
  const { state, figures } = await drive(id, () => processed())
  assert.equal(state, 'done')
  assert.deepEqual(figures, {
    selected: 120,
    waiting: 0,
    skipped: 0,
    inFlight: 0,
    processed: 120,
    ignored: 0,
    failed: 0,
  })
  assert.deepEqual(await attempts(), { 2: 120 })
  assert.equal((await pool.query('select 1 from posthorn.dead_letters')).rowCount, 0)
  assert.deepEqual(await auditOf(), [
    { actor: 'ada', action: 'replays.start', reason: 'the fix is out' },
    { actor: 'ada', action: 'replays.end', reason: null },
  ])
  const [listed] = await listReplays(pool, 10)
  assert.deepEqual([listed?.id, listed?.state, listed?.figures], [id, 'done', figures])
  assert.ok(listed?.endedAt)
})

test('a canary that fails stops the replay, and the rest is untouched', async () => {
  await bury(60)
  const id = await start()
  const { state, figures } = await drive(id, () => dead('still_broken'))
  assert.equal(state, 'stopped')
  assert.deepEqual([figures.failed, figures.waiting], [3, 57], 'not even all of the canary is run')
  assert.deepEqual(await attempts(), { 1: 57, 2: 3 })
  const { rows } = await pool.query(
    'select replays, count(*)::integer as n from posthorn.dead_letters group by 1 order by 1',
  )
  assert.deepEqual(rows, [
    { replays: 0, n: 57 },
    { replays: 1, n: 3 },
  ])
})

test('nothing follows the canary while one of its runs is open', async () => {
  await bury(30)
  const id = await start({}, { canary: 3 })
  for (let steps = 0; steps < 20; steps += 1) await advance(id)
  const claims = await claim(1_000)
  assert.equal(claims.length, 3)
  assert.ok(claims.every(({ priority }) => priority === 1))
  assert.deepEqual((await readReplay(pool, id))?.figures.inFlight, 3)
})

test('a failure rate that rises later stops it, too, and what is in flight is still counted', async () => {
  await bury(200)
  const id = await start({}, { stopAbove: 0.2 })
  let seen = 0
  const { state, figures } = await drive(id, () => (++seen > 60 ? dead() : processed()))
  assert.equal(state, 'stopped')
  assert.ok(figures.processed >= 60 && figures.failed > 5 && figures.failed <= 2 * MAX_REPLAYS_IN_FLIGHT)
  assert.equal(figures.inFlight, 0)
  assert.ok(figures.waiting > 0)
})

test('steps that are taken twice, or by several processes at once, replay nothing twice', async () => {
  await bury(150)
  const id = await start({}, { rate: 1_000_000 })
  for (let rounds = 0; rounds < 500; rounds += 1) {
    const steps = await Promise.all([1, 2, 3].map(() => advanceReplay(pool, id)))
    if (steps.every(({ ended }) => ended)) break
    await runQueued(() => processed())
  }
  const { selected, processed: ended, skipped } = (await readReplay(pool, id))?.figures ?? {}
  assert.deepEqual([selected, ended, skipped], [150, 150, 0])
  assert.deepEqual(await attempts(), { 2: 150 })
})

test('what has changed since it was selected is skipped', async () => {
  await bury(4)
  const id = await start()
  await advance(id)
  assert.deepEqual((await replayEvent(pool, { source: 'shop', eventId: 'evt_0000' })).replayed, true)
  await runQueued(() => dead('again'))
  await replayEvent(pool, { source: 'shop', eventId: 'evt_0001' })
  await pool.query(
    `update posthorn.runs set discarded_at = now() where key = (select key from posthorn.events where event_id = 'evt_0002')`,
  )
  await advance(id)
  const { rows } = await pool.query(
    `select event_id, outcome from posthorn.replay_items join posthorn.events using (key) order by position`,
  )
  assert.deepEqual(rows, [
    { event_id: 'evt_0000', outcome: 'superseded' },
    { event_id: 'evt_0002', outcome: 'discarded' },
    { event_id: 'evt_0003', outcome: null },
    { event_id: 'evt_0001', outcome: null },
  ])
  await runQueued(() => processed())
  assert.deepEqual((await drive(id, () => processed())).figures.skipped, 3)
})

test('a cancelled replay queues nothing more', async () => {
  await bury(40)
  const id = await start()
  await advance(id)
  await advance(id)
  assert.equal(await cancelReplay(pool, id, { actor: 'bob', reason: 'wrong filter' }), 'cancelled')
  assert.equal((await advance(id)).ended, false, 'what was queued is waited for')
  const { state, figures } = await drive(id, () => processed())
  assert.deepEqual([state, figures.processed, figures.waiting], ['cancelled', 3, 37])
  assert.deepEqual(await attempts(), { 1: 37, 2: 3 })
  assert.equal(await cancelReplay(pool, id, { actor: 'bob' }), 'cancelled')
  assert.deepEqual((await auditOf()).slice(1), [
    { actor: 'bob', action: 'replays.cancel', reason: 'wrong filter' },
    { actor: 'ada', action: 'replays.end', reason: null },
  ])
})

test('the runs of one event are replayed one after the other', async () => {
  await accept('evt_1')
  await accept('evt_2')
  const claims = await claim(10)
  const runs = claims.flatMap((claimed) =>
    ['mirror', 'settle'].map((handler) => ({
      ...leasedRow(claimed),
      key: claimed.event.key,
      handler,
      attempt: 1,
      workflowId: handler,
    })),
  )
  await recordStarts(pool, runs, 60_000)
  await closeRuns(
    pool,
    runs.map(({ key, handler, attempt }) => ({ key, handler, attempt, outcome: dead() })),
  )
  const id = await start()
  await advance(id)
  await advance(id)
  assert.deepEqual(
    (await claim(10)).map(({ event, handler }) => `${event.eventId}/${handler}`),
    ['evt_1/mirror', 'evt_2/mirror'],
  )
  await pool.query(`update posthorn.queue set available_at = now()`)
  const { figures } = await drive(id, () => processed())
  assert.equal(figures.processed, 4)
  assert.deepEqual(await attempts(), { 2: 4 })
  const { rows } = await pool.query('select distinct state from posthorn.events')
  assert.deepEqual(rows, [{ state: 'processed' }])
})

test('unrouted and parked events are routed anew, and fail when nothing has changed', async () => {
  for (const eventId of ['evt_1', 'evt_2', 'evt_3']) await accept(eventId)
  const [one, two, three] = await claim(3)
  assert.ok(one && two && three)
  await markUnrouted(pool, one)
  await markUnrouted(pool, two)
  await markParked(pool, three, { code: 'schema_mismatch', detail: 'size' })

  const unrouted = await start({ state: 'unrouted' }, { stopAbove: 1 })
  await advance(unrouted)
  await advance(unrouted)
  const [again] = await claim(1)
  assert.ok(again)
  assert.deepEqual([again.handler, again.attempt], [undefined, 1])
  await markUnrouted(pool, again)
  const { figures } = await drive(unrouted, () => processed())
  assert.deepEqual([figures.processed, figures.failed], [1, 1])

  const parked = await start({ state: 'parked', code: 'schema_mismatch' })
  assert.deepEqual((await drive(parked, () => ignored('no need'))).figures.ignored, 1)
  assert.equal((await pool.query('select 1 from posthorn.parked')).rowCount, 0)
})

test('a filter selects by source, type, time, code, handler and fingerprint, and a preview says what', async () => {
  for (const [eventId, type] of [
    ['evt_paid', 'invoice.paid'],
    ['evt_sent', 'invoice.sent'],
    ['evt_odd', 'invoice_paid'],
  ] as const) {
    await accept(eventId, { type })
    await runQueued(() => dead(eventId === 'evt_sent' ? 'timeout' : 'broken'))
  }
  await accept('evt_else', { source: 'other', type: 'invoice.paid' })
  await runQueued(() => dead(), 'other')
  const { rows } = await pool.query<{ fingerprint: string; at: string }>(
    `select d.fingerprint, d.dead_lettered_at::text as at from posthorn.dead_letters d join posthorn.events e using (key)
     where e.event_id = 'evt_sent'`,
  )
  const { fingerprint, at } = rows[0] as (typeof rows)[number]
  const selected = async (filter: Partial<ReplayFilter>): Promise<string[]> => {
    const { sample, groups } = await previewReplay(pool, { state: 'dead', ...filter }, 10)
    assert.equal(
      groups.reduce((sum, group) => sum + group.runs, 0),
      sample.length,
    )
    return sample.map(({ event }) => event.eventId)
  }
  assert.deepEqual(await selected({}), ['evt_paid', 'evt_sent', 'evt_odd', 'evt_else'])
  assert.deepEqual(await selected({ source: 'shop' }), ['evt_paid', 'evt_sent', 'evt_odd'])
  assert.deepEqual(await selected({ source: 'shop', type: 'invoice.*' }), ['evt_paid', 'evt_sent'])
  assert.deepEqual(await selected({ type: 'invoice_*' }), ['evt_odd'], 'an underscore is an underscore')
  assert.deepEqual(await selected({ code: 'timeout' }), ['evt_sent'])
  assert.deepEqual(await selected({ fingerprint }), ['evt_sent'])
  assert.deepEqual(await selected({ since: at, source: 'shop' }), ['evt_sent', 'evt_odd'])
  assert.deepEqual(await selected({ until: at }), ['evt_paid'])
  assert.deepEqual(await selected({ handler: 'nobody' }), [])
  assert.deepEqual(await selected({ state: 'processed' }), [])
  const { groups, sample } = await previewReplay(pool, { state: 'dead', source: 'other' }, 10)
  assert.deepEqual(groups, [{ source: 'other', type: 'invoice.paid', handler: 'settle', runs: 1 }])
  assert.deepEqual([sample[0]?.attempt, sample[0]?.code], [2, 'broken'])
  assert.deepEqual(await auditOf(), [])
})

test('what dies after the start is not a part of it', async () => {
  await bury(3)
  const id = await start()
  await bury(3, 100)
  assert.equal((await drive(id, () => processed())).figures.selected, 3)
  assert.deepEqual(await attempts(), { 1: 3, 2: 3 })
})

test('more than a page is selected in the order in which it was received, without a hole', async () => {
  await pool.query(
    `insert into posthorn.events (key, source, provider, event_id, type, state, body_hash, body_day, receipt_id, secret_slot, received_at)
     select gen_random_uuid(), 'shop', 'stripe', 'evt_' || n, 'invoice.paid', 'dead', '\\x00', current_date, gen_random_uuid(), 'current',
       now() - (n / 50) * interval '1 second'
     from generate_series(1, 3000) n`,
  )
  await pool.query(
    `insert into posthorn.runs (key, handler, attempt, state, error_code, error_message)
     select key, handler, 1, 'dead', 'broken', '' from posthorn.events, unnest(array['file', 'mirror', 'settle']) handler`,
  )
  await pool.query(
    `insert into posthorn.dead_letters (key, handler, attempt, code, message, received_at, source, type, fingerprint)
     select key, handler, 1, 'broken', '', received_at, source, type, 'f' from posthorn.events, unnest(array['file', 'mirror', 'settle']) handler`,
  )
  const id = await start()
  for (let pages = 0; pages < 20; pages += 1) if ((await advanceReplay(pool, id)).state !== 'selecting') break
  const { rows } = await pool.query<{ items: number; runs: number; last: number; disorders: number }>(
    `select count(*)::integer as items, count(distinct (key, handler))::integer as runs, max(position) as last,
       count(*) filter (where received_at < previous)::integer as disorders
     from (select i.*, e.received_at, lag(e.received_at) over (order by position) as previous
           from posthorn.replay_items i join posthorn.events e using (key)) i`,
  )
  assert.deepEqual(rows, [{ items: 9_000, runs: 9_000, last: 9_000, disorders: 0 }])
})

/** What the dispatcher does with everything that is queued, and what the sweep finds in a Temporal that is new. */
async function loseQueued(): Promise<number> {
  const claims = await claim(1_000)
  const runs = claims.map((claimed) => ({
    ...leasedRow(claimed),
    key: claimed.event.key,
    handler: claimed.handler ?? 'settle',
    attempt: claimed.attempt,
    workflowId: 'event/it',
  }))
  await recordStarts(pool, runs, 60_000)
  for (const run of runs) assert.equal(await recoverLostRun(pool, run), 'retried')
  return runs.length
}

test('a run that Temporal lost has not failed: its new attempt, a replay like the first, speaks for it', async () => {
  await bury(30)
  const id = await start({}, { canary: 5 })
  await advance(id)
  await advance(id)
  assert.ok((await loseQueued()) > 0)
  const { state, figures } = await advance(id)
  assert.deepEqual([state, figures.failed], ['running', 0])
  const { rows } = await pool.query('select distinct priority from posthorn.queue')
  assert.deepEqual(rows, [{ priority: 1 }], 'behind live events, as before')
  const ended = await drive(id, () => processed())
  assert.deepEqual([ended.state, ended.figures.processed, ended.figures.failed], ['done', 30, 0])
})

test('a run that is lost twice has failed', async () => {
  await bury(1)
  const id = await start()
  await advance(id)
  await advance(id)
  await loseQueued()
  const [claimed] = await claim(1)
  assert.ok(claimed?.handler)
  const run = { key: claimed.event.key, handler: claimed.handler, attempt: claimed.attempt }
  await recordStarts(pool, [{ ...leasedRow(claimed), ...run, workflowId: 'event/it' }], 60_000)
  assert.equal(await recoverLostRun(pool, run), 'dead')
  const { ended, figures } = await advance(id)
  assert.deepEqual([ended, figures.failed], [true, 1])
})

test('attempts may be numbered from a higher number on, and are settled all the same', async () => {
  await bury(3)
  const id = await recordReplay(pool, {
    actor: 'ada',
    reason: 'restored',
    filter: { state: 'dead' },
    ramp: { canary: 10, rate: 100_000, stopAbove: 0.05 },
    firstAttempt: 1_000,
  })
  const { state, figures } = await drive(id, () => processed())
  assert.deepEqual([state, figures.processed], ['done', 3])
  const { rows } = await pool.query('select distinct attempt from posthorn.runs order by attempt')
  assert.deepEqual(rows, [{ attempt: 1 }, { attempt: 1_000 }])
  assert.deepEqual(await replayEvent(pool, { source: 'shop', eventId: 'evt_0000' }), {
    replayed: true,
    handler: 'settle',
    attempt: 1_001,
  })
})

test('a replay that no workflow takes on ends when it is cancelled, unless something of it is in flight', async () => {
  await bury(5)
  const waiting = await start()
  await cancelReplay(pool, waiting, { actor: 'bob' })
  assert.ok((await readReplay(pool, waiting))?.endedAt)

  const id = await start()
  await advance(id)
  await advance(id)
  await cancelReplay(pool, id, { actor: 'bob' })
  assert.equal((await readReplay(pool, id))?.endedAt, null)
  await runQueued(() => processed())
  assert.equal(await cancelReplay(pool, id, { actor: 'bob' }), 'cancelled')
  assert.ok((await readReplay(pool, id))?.endedAt)
  assert.deepEqual((await pool.query('select from posthorn.unfinished')).rowCount, 2)
})

test('few runs among very many events that ended well are found a stretch at a time', async () => {
  await pool.query(
    `insert into posthorn.events (key, source, provider, event_id, type, state, body_hash, body_day, receipt_id, secret_slot, received_at, state_at)
     select gen_random_uuid(), 'shop', 'stripe', 'evt_' || n, case when n % 9000 = 0 then 'rare' else 'usual' end, 'processed', '\\x00',
       current_date, gen_random_uuid(), 'current', now() - n * interval '1 second', now() - interval '1 hour'
     from generate_series(1, 45000) n`,
  )
  await pool.query(
    `insert into posthorn.runs (key, handler, attempt, state) select key, 'settle', 1, 'processed' from posthorn.events`,
  )
  await pool.query('analyze posthorn.events, posthorn.runs')
  const filter = { state: 'processed', type: 'rare' } as const
  const { groups, sample } = await previewReplay(pool, filter, 3)
  assert.deepEqual(groups, [{ source: 'shop', type: 'rare', handler: 'settle', runs: 5 }])
  assert.deepEqual(
    sample.map(({ event }) => event.eventId),
    ['evt_45000', 'evt_36000', 'evt_27000'],
  )
  const id = await start(filter)
  const selected: number[] = []
  for (let step = await advanceReplay(pool, id); step.state === 'selecting'; step = await advanceReplay(pool, id)) {
    selected.push(step.figures.selected)
  }
  assert.deepEqual(selected, [2, 3, 4, 5, 5], 'each step looks at ten thousand events and no more')
  const { rows } = await pool.query(
    `select event_id from posthorn.replay_items join posthorn.events using (key) where replay_id = $1 order by position`,
    [id],
  )
  assert.deepEqual(
    rows.map(({ event_id }: { event_id: string }) => event_id),
    ['evt_45000', 'evt_36000', 'evt_27000', 'evt_18000', 'evt_9000'],
  )
})

test('an event that is parked beside a run of its mirror is replayed by the run that did not fit', async () => {
  await accept('evt_1')
  const [first] = await claim(1)
  assert.ok(first)
  await recordStarts(
    pool,
    [{ ...leasedRow(first), key: first.event.key, handler: 'mirror', attempt: 1, workflowId: 'mirror' }],
    60_000,
  )
  await pool.query(`insert into posthorn.queue (source, key, handler) values ('shop', $1, 'settle')`, [first.event.key])
  const [second] = await claim(1)
  assert.ok(second)
  await markParked(pool, second, { code: 'schema_mismatch', detail: 'size' })
  await closeRuns(pool, [{ key: first.event.key, handler: 'mirror', attempt: 1, outcome: processed() }])
  const { rows } = await pool.query('select state from posthorn.events')
  assert.deepEqual(rows, [{ state: 'parked' }])
  const { sample } = await previewReplay(pool, { state: 'parked' }, 10)
  assert.deepEqual(
    sample.map(({ handler, attempt }) => [handler, attempt]),
    [['settle', 1]],
  )
  assert.deepEqual(await replayEvent(pool, { source: 'shop', eventId: 'evt_1' }), {
    replayed: true,
    handler: 'settle',
    attempt: 1,
  })
})
