import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type ClosingOutcome, ignored, processed } from '../../src/domain/event.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { type Claim, claimQueue, leasedRow, markUnrouted, recordStarts } from '../../src/storage/queue.ts'
import { type ReplayRequest, replayEvent } from '../../src/storage/replay.ts'
import { type ReplayStep, advanceReplay } from '../../src/storage/replays/advance-replay.ts'
import { previewReplay } from '../../src/storage/replays/preview-replay.ts'
import type { ReplayFilter } from '../../src/storage/replays/replay-filter.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool
let key: string

const HISTORY = { mirror: true, hold: { state: 'ignored', reason: 'baseline' } } as const
const ROUTE = { pattern: 'stripe/invoice.*', handler: 'settle', workflowType: 'settle' }

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await ensurePartitions(pool)
})
after(() => database.drop())
beforeEach(async () => {
  await pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.kept_bodies, posthorn.queue, posthorn.open_runs, posthorn.runs,
    posthorn.dead_letters, posthorn.unrouted, posthorn.replays, posthorn.replay_items, posthorn.route_tables`)
  await deployRouteTable(pool, { hash: 'now', routes: [ROUTE] })
  ;({ key } = await createInbox({ pool }).accept(incomingEvent({ eventId: 'evt_1', ...HISTORY })))
})

async function claimOne(): Promise<Claim> {
  const [claimed] = await claimQueue(pool, { limit: 1, leaseMs: 10_000, routes: 'now', rooms: [['shop', 1]] })
  assert.ok(claimed)
  return claimed
}

/** What a dispatcher does with a claim: of history, and of what was routed before, the row says the handler. */
async function start(claimed: Claim, routed: readonly string[] = ['settle', 'mirror']): Promise<void> {
  const { event, attempt } = claimed
  const handlers = claimed.handler === undefined ? routed : [claimed.handler]
  const runs = handlers.map((handler) => ({ key: event.key, handler, attempt, workflowId: handler }))
  await recordStarts(
    pool,
    runs.map((run) => ({ ...leasedRow(claimed), ...run })),
    60_000,
  )
}

const close = (handler: string, attempt = 1, outcome: ClosingOutcome = processed()) =>
  closeRuns(pool, [{ key, handler, attempt, outcome }])

/** The mirror has no handler beside it yet. */
async function runMirror(outcome?: ClosingOutcome): Promise<void> {
  await start(await claimOne())
  await close('mirror', 1, outcome)
}

const replay = (more: Partial<ReplayRequest> = {}) => replayEvent(pool, { source: 'shop', eventId: 'evt_1', ...more })

async function state(): Promise<string> {
  const { rows } = await pool.query<{ state: string; reason: string | null }>(
    'select state, state_reason as reason from posthorn.events',
  )
  return rows.map((row) => (row.reason === null ? row.state : `${row.state}(${row.reason})`)).join()
}

const BULK = { state: 'ignored', code: 'baseline' } as const

async function startBulk(filter: ReplayFilter = BULK): Promise<string> {
  const ramp = { canary: 1, rate: 100_000, stopAbove: 1 }
  const id = await recordReplay(pool, { actor: 'ada', reason: 'they are wanted', filter, ramp })
  await advanceReplay(pool, id)
  assert.equal((await advance(id)).queued, 1)
  return id
}

/** Time passes for the rate, too. */
async function advance(id: string): Promise<ReplayStep> {
  await pool.query(`update posthorn.replays set advanced_at = advanced_at - interval '1 second' where id = $1`, [id])
  return advanceReplay(pool, id)
}

for (const [what, outcome] of [
  ['wrote', processed()],
  ['had nothing to write', ignored('no_entity')],
] as const) {
  test(`history whose mirror ${what} is replayed by the handler that the routes give it`, async () => {
    await runMirror(outcome)
    assert.equal(await state(), 'ignored(baseline)')
    assert.deepEqual(await replay(), { replayed: true, handler: 'settle', attempt: 1 })
    await start(await claimOne())
    await close('settle')
    assert.equal(await state(), 'processed')
    assert.deepEqual(await replay(), { replayed: true, handler: 'settle', attempt: 2 })
  })

  test(`a replay of many runs the handler of history whose mirror ${what}`, async () => {
    await runMirror(outcome)
    const { sample } = await previewReplay(pool, BULK, 10)
    assert.deepEqual(
      sample.map(({ handler, attempt, code }) => [handler, attempt, code]),
      [[null, 2, 'baseline']],
    )
    const id = await startBulk()
    await start(await claimOne())
    await close('settle', 2)
    assert.equal((await advance(id)).ended, false, 'its mirror is still open')
    await close('mirror', 2)
    const { ended, figures } = await advance(id)
    assert.deepEqual([ended, figures.selected, figures.processed], [true, 1, 1])
    assert.equal(await state(), 'processed')
    assert.deepEqual((await previewReplay(pool, BULK, 10)).sample, [])
  })
}

test('a replay of all that is ignored runs the handler of history, whatever its mirror said', async () => {
  await runMirror(ignored('no_entity'))
  const id = await startBulk({ state: 'ignored' })
  const claimed = await claimOne()
  assert.equal(claimed.handler, undefined, 'it is routed, and its mirror runs with that')
  await start(claimed)
  for (const handler of ['settle', 'mirror']) await close(handler, 2)
  await advance(id)
  const { ended, figures } = await advance(id)
  assert.deepEqual([ended, figures.selected, figures.processed, figures.skipped], [true, 2, 1, 1])
})

test('its handler may be named, before its mirror has run and after, and no other one', async () => {
  const refused = { replayed: false, reason: 'ambiguous_handler' }
  assert.deepEqual(await replay({ handler: 'refund' }), { ...refused, detail: 'Name the handler to replay: settle.' })
  assert.equal((await replay({ handler: 'settle', dryRun: true })).replayed, true)
  await runMirror()
  assert.deepEqual(await replay({ handler: 'refund' }), {
    ...refused,
    detail: 'Name the handler to replay: mirror, settle.',
  })
  assert.deepEqual(await replay({ handler: 'settle' }), { replayed: true, handler: 'settle', attempt: 1 })
})

test('history stays history while its mirror alone is replayed, by name or for want of a route', async () => {
  await runMirror()
  assert.deepEqual(await replay({ handler: 'mirror' }), { replayed: true, handler: 'mirror', attempt: 2 })
  await start(await claimOne())
  await close('mirror', 2)
  assert.equal(await state(), 'ignored(baseline)')

  const id = await startBulk()
  await start(await claimOne(), ['mirror'])
  await close('mirror', 3)
  const { ended, figures } = await advance(id)
  assert.deepEqual([ended, figures.ignored], [true, 1])
  assert.equal(await state(), 'ignored(baseline)')
})

test('an event that was mirrored and had no route is replayed by the one that it has now', async () => {
  await pool.query(`update posthorn.events set state = 'received', state_reason = null`)
  await runMirror()
  assert.equal(await state(), 'processed')
  assert.deepEqual(await replay({ handler: 'settle' }), { replayed: true, handler: 'settle', attempt: 1 })
})

test('what was read for the mirror alone is not run by a handler', async () => {
  await pool.query(`update posthorn.events set state_reason = 'refetch'`)
  await runMirror()
  assert.equal((await replay({ handler: 'settle' })).replayed, false)
  assert.deepEqual(await replay(), { replayed: true, handler: 'mirror', attempt: 2 })
})

test('nor while its mirror still waits in the queue, by a replay of one or of many', async () => {
  await pool.query(`update posthorn.events set state_reason = 'refetch'`)
  const refused = { replayed: false, reason: 'run_open' }
  const { detail: _, ...answer } = (await replay()) as { detail: string }
  assert.deepEqual(answer, refused)
  const ramp = { canary: 1, rate: 100_000, stopAbove: 1 }
  const id = await recordReplay(pool, { actor: 'ada', reason: 'all', filter: { state: 'ignored' }, ramp })
  await advanceReplay(pool, id)
  assert.equal((await pool.query('select from posthorn.replay_items')).rowCount, 0)
})

const keptBodies = async () => (await pool.query('select from posthorn.kept_bodies')).rowCount

test('the mirror of history, queued before a replay and closed before its run begins, does not settle the event', async () => {
  const mirror = await claimOne()
  await pool.query(`insert into posthorn.kept_bodies (key, headers, body) values ($1, '{}', '')`, [key])
  assert.deepEqual(await replay({ handler: 'settle' }), { replayed: true, handler: 'settle', attempt: 1 })
  await start(mirror)
  await close('mirror')
  assert.deepEqual([await state(), await keptBodies()], ['dispatched(baseline)', 1])

  await start(await claimOne())
  await close('settle', 1, { state: 'dead', code: 'broken', message: 'it broke' })
  assert.deepEqual([await state(), await keptBodies()], ['dead(broken)', 1])
})

test('nor does it where it closed before its start was recorded', async () => {
  const mirror = await claimOne()
  await replay({ handler: 'settle' })
  await close('mirror')
  await start(mirror)
  assert.equal(await state(), 'received(baseline)')
})

test('the replay settles it whose run closed before its start was recorded, after the mirror', async () => {
  const mirror = await claimOne()
  await replay({ handler: 'settle' })
  await start(mirror)
  await close('mirror')
  const run = await claimOne()
  await close('settle')
  assert.equal(await state(), 'dispatched(baseline)')
  await start(run)
  assert.equal(await state(), 'processed')
})

test('of history whose mirror died that is what is replayed, unless its handler is named', async () => {
  await runMirror({ state: 'dead', code: 'broken', message: 'it broke' })
  assert.deepEqual(await replay({ dryRun: true }), { replayed: true, handler: 'mirror', attempt: 2 })
  assert.deepEqual(await replay({ handler: 'settle' }), { replayed: true, handler: 'settle', attempt: 1 })
})

test('the mirror of history that is taken up after the replay still finds its body', async () => {
  await pool.query(`insert into posthorn.kept_bodies (key, headers, body) values ($1, '{}', '')`, [key])
  await replay({ handler: 'settle' })
  await pool.query(`update posthorn.queue set available_at = now() + interval '1 hour' where handler = 'mirror'`)
  await start(await claimOne())
  await close('settle')
  assert.deepEqual([await state(), await keptBodies()], ['processed', 1])
})

test('history for which there is neither a route nor a mirror ends as unrouted, whatever its queued mirror does', async () => {
  const mirror = await claimOne()
  const id = await startBulk()
  await start(mirror)
  await close('mirror', 1, ignored('no_entity'))
  await markUnrouted(pool, await claimOne())
  assert.match(await state(), /^unrouted/)
  const { ended, figures } = await advance(id)
  assert.deepEqual([ended, figures.failed], [true, 1])
})
