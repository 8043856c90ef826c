import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type ClosingOutcome, processed } from '../../src/domain/event.ts'
import { discardDeadLetters } from '../../src/storage/dead-letters/discard-dead-letters.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { LANE_RETRY_MS, type LaneRules, enterLane, forgetIdleLanes, sweepLanes } from '../../src/storage/lanes.ts'
import { listLanes } from '../../src/storage/list-lanes.ts'
import { holdRun, releaseHeldRuns } from '../../src/storage/held-runs.ts'
import { markParked } from '../../src/storage/park.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import {
  type Claim,
  claimQueue,
  leasedRow,
  postponeClaim,
  recordStarts,
  releaseClaim,
} from '../../src/storage/queue.ts'
import { recoverLostRun } from '../../src/storage/open-runs.ts'
import { replayEvent } from '../../src/storage/replay.ts'
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
  await deployRouteTable(pool, { hash: 'now', routes: [] })
})
after(() => database.drop())
beforeEach(() =>
  pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.open_runs, posthorn.runs, posthorn.lanes,
    posthorn.lane_entries, posthorn.held_runs, posthorn.parked, posthorn.dead_letters`),
)

const entity = { kind: 'invoice', id: 'in_1' }
const blocking: LaneRules = { onDead: 'block', gapWaitMs: 60_000 }
const skipping: LaneRules = { onDead: 'skip', gapWaitMs: 60_000 }
const died: ClosingOutcome = { state: 'dead', code: 'broken', message: 'broken' }

async function accept(eventId: string, sequence?: number): Promise<void> {
  const event = incomingEvent({ eventId, entity, ...(sequence !== undefined && { sequence: BigInt(sequence) }) })
  await createInbox({ pool }).accept(event)
}

const claimAll = () => claimQueue(pool, { limit: 50, leaseMs: 10_000, routes: 'now', rooms: [['shop', 50]] })

/** Dispatches what is queued: the IDs of the events whose run could start. */
async function dispatch(rules: LaneRules): Promise<string[]> {
  const started: string[] = []
  for (const claim of await claimAll()) {
    if ((await enter(claim, rules)) !== 'starts') continue
    await start(claim)
    started.push(claim.event.eventId)
  }
  return started
}

const enter = (claim: Claim, rules: LaneRules) =>
  enterLane(pool, { claim, handler: 'settle', entity, rules, isOnlyRun: true })

const start = (claim: Claim) =>
  recordStarts(
    pool,
    [{ ...leasedRow(claim), key: claim.event.key, handler: 'settle', attempt: claim.attempt, workflowId: 'w' }],
    60_000,
  )

async function keyOf(eventId: string): Promise<string> {
  const { rows } = await pool.query<{ key: string }>('select key from posthorn.events where event_id = $1', [eventId])
  return rows[0]?.key ?? ''
}

async function close(eventId: string, outcome: ClosingOutcome = processed(), attempt = 1): Promise<void> {
  await closeRuns(pool, [{ key: await keyOf(eventId), handler: 'settle', attempt, outcome }])
}

async function stateOf(eventId: string): Promise<string | undefined> {
  const { rows } = await pool.query<{ state: string }>('select state from posthorn.events where event_id = $1', [
    eventId,
  ])
  return rows[0]?.state
}

test('the events of one entity run one at a time, in the order of arrival', async () => {
  for (const id of ['evt_1', 'evt_2', 'evt_3']) await accept(id)
  assert.deepEqual(await dispatch(blocking), ['evt_1'])
  assert.deepEqual(await dispatch(blocking), [], 'the others wait, and not in the queue')
  assert.deepEqual([await stateOf('evt_1'), await stateOf('evt_2')], ['dispatched', 'received'])
  await close('evt_1')
  assert.deepEqual(await dispatch(blocking), ['evt_2'])
  await close('evt_2')
  assert.deepEqual(await dispatch(blocking), ['evt_3'])
  await close('evt_3')
  assert.deepEqual([await stateOf('evt_2'), await stateOf('evt_3')], ['processed', 'processed'])
})

test('events that wait together go in the sequence of the provider, whatever the order of arrival', async () => {
  await accept('evt_5', 5)
  assert.deepEqual(await dispatch(blocking), ['evt_5'])
  for (const [id, sequence] of [
    ['evt_8', 8],
    ['evt_6', 6],
    ['evt_7', 7],
  ] as const)
    await accept(id, sequence)
  assert.deepEqual(await dispatch(blocking), [])
  for (const [done, next] of [
    ['evt_5', 'evt_6'],
    ['evt_6', 'evt_7'],
    ['evt_7', 'evt_8'],
  ] as const) {
    await close(done)
    assert.deepEqual(await dispatch(blocking), [next])
  }
})

test('a gap in the sequence is waited for, but not for ever', async () => {
  await accept('evt_1', 1)
  await dispatch(blocking)
  await accept('evt_3', 3)
  await dispatch(blocking)
  await close('evt_1')
  assert.deepEqual(await dispatch(blocking), [], 'evt_2 may still come')
  assert.equal(await sweepLanes(pool), 0)
  await accept('evt_2', 2)
  assert.deepEqual(await dispatch(blocking), ['evt_2'])
  await close('evt_2')
  assert.deepEqual(await dispatch(blocking), ['evt_3'])
  await close('evt_3')
  await accept('evt_9', 9)
  assert.deepEqual(await dispatch(blocking), [])
  await pool.query(`update posthorn.lane_entries set entered_at = now() - interval '61 seconds'`)
  assert.equal(await sweepLanes(pool), 1)
  assert.deepEqual(await dispatch(blocking), ['evt_9'])
})

test('a dead run blocks its lane until a replay of it succeeds', async () => {
  for (const id of ['evt_1', 'evt_2']) await accept(id)
  await dispatch(blocking)
  await close('evt_1', died)
  assert.equal(await stateOf('evt_1'), 'dead')
  assert.equal(await sweepLanes(pool), 0)
  assert.deepEqual(await dispatch(blocking), [])
  const [lane] = await listLanes(pool, { blocked: true, limit: 10 })
  assert.deepEqual([lane?.head, lane?.headState, lane?.waiting], ['evt_1', 'blocked', 1])
  await replayEvent(pool, { source: 'shop', eventId: 'evt_1' })
  assert.deepEqual(await dispatch(blocking), ['evt_1'])
  await close('evt_1', processed(), 2)
  assert.deepEqual(await dispatch(blocking), ['evt_2'])
})

/** As while the route has no lane: the run starts, and nothing enters. */
async function dispatchOutside(): Promise<string[]> {
  const claims = await claimAll()
  for (const claim of claims) await start(claim)
  return claims.map(({ event }) => event.eventId)
}

test('a blocked lane goes on when its route has lost it and a replay succeeds', async () => {
  for (const id of ['evt_1', 'evt_2']) await accept(id)
  await dispatch(blocking)
  await close('evt_1', died)
  await replayEvent(pool, { source: 'shop', eventId: 'evt_1' })
  assert.deepEqual(await dispatchOutside(), ['evt_1'])
  await close('evt_1', died, 2)
  assert.deepEqual(await dispatchOutside(), [], 'what waits is still behind a dead run')
  await replayEvent(pool, { source: 'shop', eventId: 'evt_1' })
  assert.deepEqual(await dispatchOutside(), ['evt_1'])
  await close('evt_1', processed(), 3)
  assert.deepEqual(await dispatchOutside(), ['evt_2'])
  await close('evt_2')
  assert.deepEqual(await listLanes(pool, { blocked: false, limit: 10 }), [])
})

test('a blocked lane goes on when its route has lost it and the dead run of a replay is discarded', async () => {
  for (const id of ['evt_1', 'evt_2']) await accept(id)
  await dispatch(blocking)
  await close('evt_1', died)
  await replayEvent(pool, { source: 'shop', eventId: 'evt_1' })
  await dispatchOutside()
  await close('evt_1', died, 2)
  await discardDeadLetters(pool, { source: 'shop', eventId: 'evt_1', by: { actor: 'ada', reason: 'in vain' } })
  assert.deepEqual(await dispatchOutside(), ['evt_2'])
})

test('the new attempt of a lost run ends its turn in the lane, whatever became of the route', async () => {
  for (const id of ['evt_1', 'evt_2', 'evt_3']) await accept(id)
  await dispatch(blocking)
  await dispatch(blocking)
  await recoverLostRun(pool, { key: await keyOf('evt_1'), handler: 'settle', attempt: 1 })
  assert.deepEqual(await dispatchOutside(), ['evt_1'])
  await close('evt_1', processed(), 2)
  assert.deepEqual(await dispatch(blocking), ['evt_2'])
  await recoverLostRun(pool, { key: await keyOf('evt_2'), handler: 'settle', attempt: 1 })
  const [again] = await claimAll()
  assert.ok(again)
  await markParked(pool, again, { code: 'schema_mismatch', detail: 'size' })
  assert.deepEqual(await dispatch(blocking), ['evt_3'], 'what fits no schema leaves the lane')
})

test('where the handler skips, the event behind a dead one goes on', async () => {
  for (const id of ['evt_1', 'evt_2']) await accept(id)
  await dispatch(skipping)
  await close('evt_1', died)
  assert.deepEqual(await dispatch(skipping), ['evt_2'])
})

test('an event does not pass one that was given back for a moment', async () => {
  for (const id of ['evt_a', 'evt_b']) await accept(id)
  const [a, b] = (await claimAll()) as [Claim, Claim]
  assert.equal(await enter(a, skipping), 'starts')
  assert.equal(await enter(b, skipping), 'later')
  await postponeClaim(pool, b, LANE_RETRY_MS)
  await start(a)
  await accept('evt_c')
  const c = (await claimAll()).find(({ event }) => event.eventId === 'evt_c')
  assert.ok(c)
  assert.equal(await enter(c, skipping), 'later', 'evt_b is before it, and comes back at once')
  await pool.query('update posthorn.queue set available_at = now()')
  await close('evt_a')
  assert.deepEqual(await dispatch(skipping), ['evt_b'])
})

test('a moment in which an event was given back does not count as a failure', async () => {
  await accept('evt_a')
  for (let turn = 0; turn < 3; turn += 1) {
    const [claim] = await claimAll()
    assert.equal(claim?.claims, 1)
    await postponeClaim(pool, claim, 0)
  }
})

test('an event passes one that backs off for longer', async () => {
  for (const id of ['evt_a', 'evt_b']) await accept(id)
  const [a, b] = (await claimAll()) as [Claim, Claim]
  await releaseClaim(pool, a, 60_000)
  assert.equal(await enter(b, skipping), 'starts')
})

test('dispatchers that race for one lane start one run at a time, in the order of arrival, and none is forgotten', async () => {
  const ids = Array.from({ length: 20 }, (_, n) => `evt_${n}`)
  const coming = ids.values()
  const acceptNext = async (): Promise<void> => {
    const { value } = coming.next()
    if (value !== undefined) await accept(value)
  }
  for (let n = 0; n < 5; n += 1) await acceptNext()
  const done: string[] = []
  while (done.length < ids.length) {
    await acceptNext()
    const claims = await claimAll()
    const answers = await Promise.all(
      claims.map(async (claim) => ({
        claim,
        place: await enter(claim, skipping),
      })),
    )
    for (const { claim, place } of answers) if (place === 'later') await postponeClaim(pool, claim, LANE_RETRY_MS)
    const running = answers.filter(({ place }) => place === 'starts').map(({ claim }) => claim)
    assert.ok(running.length <= 1)
    for (const claim of running) {
      await start(claim)
      // While this one closes, nobody else may slip in, and the next one must be let go.
      await close(claim.event.eventId)
      done.push(claim.event.eventId)
    }
  }
  assert.deepEqual(done, ids)
  assert.deepEqual(await listLanes(pool, { blocked: false, limit: 10 }), [])
})

test('an event that enters while the run before it closes is let go by one of the two', async () => {
  for (let round = 0; round < 20; round += 1) {
    const [first, second] = [`evt_a${round}`, `evt_b${round}`]
    await accept(first)
    assert.deepEqual(await dispatch(skipping), [first])
    await accept(second)
    const [claim] = await claimAll()
    assert.ok(claim)
    const [place] = await Promise.all([enter(claim, skipping), close(first)])
    if (place === 'starts') await start(claim)
    else assert.deepEqual(await dispatch(skipping), [second])
    await close(second)
  }
})

test('a claim of a run that was closed before does not take the lane', async () => {
  await accept('evt_1')
  const [claim] = await claimAll()
  assert.ok(claim)
  assert.equal(await enter(claim, blocking), 'starts')
  await close('evt_1')
  assert.equal(await enter(claim, blocking), 'starts', 'whoever asks Temporal hears that it is over')
  assert.deepEqual(await listLanes(pool, { blocked: false, limit: 10 }), [])
})

test('an idle lane is forgotten after its time, one with something in it never', async () => {
  await accept('evt_1')
  await dispatch(blocking)
  await pool.query(`update posthorn.lanes set touched_at = now() - interval '8 days'`)
  assert.equal(await forgetIdleLanes(pool, 7, 100), 0)
  await close('evt_1')
  await pool.query(`update posthorn.lanes set touched_at = now() - interval '8 days'`)
  assert.equal(await forgetIdleLanes(pool, 7, 100), 1)
})

test('after a pause, new events do not pass those that it held back', async () => {
  for (const id of ['evt_1', 'evt_2']) await accept(id)
  for (const claim of await claimAll()) await holdRun(pool, claim, { handler: 'settle', isOnlyRun: true })
  await accept('evt_3')
  const [newest] = await claimAll()
  assert.ok(newest)
  assert.equal(await enter(newest, blocking), 'later', 'the route is resumed, and what it held is still on its way')
  await releaseClaim(pool, newest, 0)
  assert.equal(await releaseHeldRuns(pool, 'settle', 100), 2)
  assert.deepEqual(await dispatch(blocking), ['evt_1'])
  await close('evt_1')
  assert.deepEqual(await dispatch(blocking), ['evt_2'])
})

test('lanes that wait for a gap do not keep others from being let go', async () => {
  await pool.query(
    `insert into posthorn.lanes (lane, source, handler, entity_kind, entity_id, on_dead, gap_wait_ms, last_sequence)
     select lpad(to_hex(n), 32, '0')::uuid, 'shop', 'settle', 'invoice', 'in_' || n, 'block', 60000, 1 from generate_series(1, 150) n`,
  )
  await pool.query(
    `insert into posthorn.lane_entries (lane, key, attempt, position, is_sequenced, entered_at)
     select lane, gen_random_uuid(), 1, 3, true, case when entity_id = 'in_150' then now() - interval '61 seconds' else now() end
     from posthorn.lanes`,
  )
  assert.equal(await sweepLanes(pool), 1)
  const { rows } = await pool.query(
    `select l.entity_id from posthorn.lane_entries e join posthorn.lanes l using (lane) where e.state = 'running'`,
  )
  assert.deepEqual(rows, [{ entity_id: 'in_150' }])
})

test('an event that is parked on its turn leaves the lane to the next one', async () => {
  for (const id of ['evt_1', 'evt_2', 'evt_3']) await accept(id)
  assert.deepEqual(await dispatch(blocking), ['evt_1'])
  await dispatch(blocking)
  await close('evt_1')
  const [promoted] = await claimAll()
  assert.equal(promoted?.event.eventId, 'evt_2')
  await markParked(pool, promoted, { code: 'schema_mismatch', detail: 'size' })
  assert.equal(await stateOf('evt_2'), 'parked')
  assert.deepEqual(await dispatch(blocking), ['evt_3'])
  await close('evt_3')
  await replayEvent(pool, { source: 'shop', eventId: 'evt_2' })
  assert.deepEqual(await dispatch(blocking), ['evt_2'])
})

test('what waited in a lane comes back with the priority it had', async () => {
  await accept('evt_1')
  await dispatch(blocking)
  await accept('evt_2')
  await pool.query('update posthorn.queue set priority = 2')
  await dispatch(blocking)
  await close('evt_1')
  const { rows } = await pool.query('select priority from posthorn.queue')
  assert.deepEqual(rows, [{ priority: 2 }])
})
