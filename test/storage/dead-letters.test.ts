import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type ClosingOutcome, processed } from '../../src/domain/event.ts'
import { countDeadLetters } from '../../src/storage/dead-letters/count-dead-letters.ts'
import { fromCursor } from '../../src/storage/dead-letters/cursor.ts'
import { discardDeadLetters } from '../../src/storage/dead-letters/discard-dead-letters.ts'
import { exportDeadLetters } from '../../src/storage/dead-letters/export-dead-letters.ts'
import type { DeadLetterFilter } from '../../src/storage/dead-letters/filter.ts'
import { groupDeadLetters, listDeadLetters } from '../../src/storage/dead-letters/list-dead-letters.ts'
import { replayDeadLetter } from '../../src/storage/dead-letters/replay-dead-letter.ts'
import { readEventRecord } from '../../src/storage/event-record.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { IncomingEvent } from '../../src/storage/inbox.ts'
import { recoverLostRun } from '../../src/storage/open-runs.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { claimQueue, leasedRow, recordStarts } from '../../src/storage/queue.ts'
import { deployRouteTable } from '../../src/storage/route-tables.ts'
import { recordFailedTries } from '../../src/storage/run-failures.ts'
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
  pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.open_runs, posthorn.runs,
    posthorn.dead_letters, posthorn.run_failures, posthorn.audit_log, posthorn.lanes cascade`),
)

const OPERATOR = { actor: 'ada', reason: 'a test' }
const dead = (code: string, message = 'broken'): ClosingOutcome => ({ state: 'dead', code, message })

async function accept(event: Partial<IncomingEvent> = {}): Promise<string> {
  return (await createInbox({ pool }).accept(incomingEvent(event))).key
}

/** Takes what is queued of the event as far as an open run of each handler. */
async function open(handlers = ['settle']): Promise<{ key: string; attempt: number }> {
  const rooms = [['shop', 1]] as const
  const [claim] = await claimQueue(pool, { limit: 1, leaseMs: 10_000, routes: 'now', rooms })
  assert.ok(claim)
  const { key } = claim.event
  const { attempt } = claim
  await recordStarts(
    pool,
    handlers.map((handler) => ({ ...leasedRow(claim), key, handler, attempt, workflowId: `event/${handler}` })),
    60_000,
  )
  return { key, attempt }
}

async function close(handler: string, outcome: ClosingOutcome, run: { key: string; attempt: number }): Promise<void> {
  assert.deepEqual(await closeRuns(pool, [{ ...run, handler, outcome }]), [true])
}

/** An event whose one run is dead. */
async function deadEvent(eventId: string, outcome = dead('no_luck'), type = 'invoice.paid'): Promise<string> {
  const key = await accept({ eventId, type })
  await close('settle', outcome, await open())
  return key
}

const list = async (filter: DeadLetterFilter = {}): Promise<string[]> =>
  (await listDeadLetters(pool, { filter, order: 'newest_first', limit: 100 })).map(({ eventId }) => eventId)

async function stateOf(key: string): Promise<unknown> {
  const { rows } = await pool.query('select state, state_reason from posthorn.events where key = $1', [key])
  return rows[0]
}

test('a dead letter has its own time, apart from that of the event, and what it is found by', async () => {
  const key = await accept({ eventId: 'evt_1' })
  await pool.query(`update posthorn.events set received_at = now() - interval '1 day' where key = $1`, [key])
  await close('settle', dead('no_such_order', 'no order 17'), await open())
  const [letter] = await listDeadLetters(pool, { filter: {}, order: 'newest_first', limit: 1 })
  assert.ok(letter)
  const { receivedAt, deadLetteredAt, fingerprint, cursor, ...rest } = letter
  assert.ok(deadLetteredAt.getTime() - receivedAt.getTime() >= 86_400_000)
  assert.match(fingerprint, /^[0-9a-f]{12}$/)
  assert.ok(fromCursor(cursor))
  assert.deepEqual(rest, {
    source: 'shop',
    eventId: 'evt_1',
    type: 'invoice.paid',
    handler: 'settle',
    attempt: 1,
    code: 'no_such_order',
    message: 'no order 17',
    replays: 0,
    eventState: 'dead',
  })
})

test('there is one dead letter for an event and handler, however often a replay dies, and it keeps every attempt (rows 182, 198, 199)', async () => {
  const key = await deadEvent('evt_1', dead('first'))
  for (const code of ['second', 'third']) {
    const replayed = await replayDeadLetter(pool, { source: 'shop', eventId: 'evt_1', by: OPERATOR })
    assert.ok(replayed.replayed)
    await close('settle', dead(code), await open())
  }
  const [letter, another] = await listDeadLetters(pool, { filter: {}, order: 'newest_first', limit: 10 })
  assert.equal(another, undefined)
  assert.deepEqual([letter?.attempt, letter?.code, letter?.replays], [3, 'third', 2])
  await replayDeadLetter(pool, { source: 'shop', eventId: 'evt_1', by: OPERATOR })
  await close('settle', processed(), await open())
  assert.deepEqual(await list(), [])
  assert.deepEqual(await stateOf(key), { state: 'processed', state_reason: null })
  const record = await readEventRecord(pool, 'shop', 'evt_1')
  assert.deepEqual(
    record?.attempts.map(({ attempt, state, code }) => [attempt, state, code]),
    [
      [1, 'dead', 'first'],
      [2, 'dead', 'second'],
      [3, 'dead', 'third'],
      [4, 'processed', null],
    ],
  )
  assert.ok(record.attempts.every(({ closedAt }) => closedAt instanceof Date))
  assert.equal(record.actions.length, 3)
  assert.deepEqual([record.actions[0]?.actor, record.actions[0]?.reason], ['ada', 'a test'])
})

test('dead letters are found by source, type, handler, code, fingerprint and time', async () => {
  await deadEvent('evt_1', dead('no_such_order', 'no order 1'))
  await deadEvent('evt_2', dead('no_such_order', 'no order 2'), 'invoice.voided')
  await deadEvent('evt_3', dead('no_stock', 'sold out'), 'charge.paid')
  await pool.query(
    `update posthorn.dead_letters set dead_lettered_at = now() - interval '2 hours' where code = 'no_stock'`,
  )
  const [{ fingerprint } = { fingerprint: '' }] = await listDeadLetters(pool, {
    filter: { type: 'invoice.paid' },
    order: 'newest_first',
    limit: 1,
  })
  const hourAgo = new Date(Date.now() - 3_600_000)
  assert.deepEqual(await list(), ['evt_2', 'evt_1', 'evt_3'])
  assert.deepEqual(await list({ source: 'nobody' }), [])
  assert.deepEqual(await list({ type: 'invoice.*' }), ['evt_2', 'evt_1'])
  assert.deepEqual(await list({ type: 'charge.paid', handler: 'settle' }), ['evt_3'])
  assert.deepEqual(await list({ code: 'no_stock' }), ['evt_3'])
  assert.deepEqual(await list({ fingerprint }), ['evt_2', 'evt_1'])
  assert.deepEqual(await list({ since: hourAgo }), ['evt_2', 'evt_1'])
  assert.deepEqual(await list({ until: hourAgo }), ['evt_3'])
  const groups = await groupDeadLetters(pool, {}, 10)
  assert.deepEqual(
    groups.map(({ count, code }) => [count, code]),
    [
      [2, 'no_such_order'],
      [1, 'no_stock'],
    ],
  )
  assert.deepEqual(await countDeadLetters(pool, 600_000), { depth: 3, recent: 2 })
})

test('ten thousand dead letters are listed page by page, none twice and none left out; half of the pages take less than 300 ms', async (t) => {
  await fill(10_000)
  const seen = new Set<string>()
  const times: number[] = []
  let after: ReturnType<typeof fromCursor>
  for (;;) {
    const startedAt = performance.now()
    const page = await listDeadLetters(pool, { filter: {}, order: 'newest_first', after, limit: 500 })
    times.push(performance.now() - startedAt)
    for (const { eventId } of page) seen.add(eventId)
    const last = page.at(-1)
    if (last === undefined) break
    after = fromCursor(last.cursor)
  }
  assert.equal(seen.size, 10_000)
  assert.equal(times.length, 21)
  const startedAt = performance.now()
  const all = await listDeadLetters(pool, { filter: {}, order: 'newest_first', limit: 10_000 })
  const allMs = performance.now() - startedAt
  assert.equal(all.length, 10_000)
  const median = times.sort((a, b) => a - b)[10] ?? Infinity
  t.diagnostic(`a page of 500: ${median.toFixed(1)} ms; all 10,000 at once: ${allMs.toFixed(1)} ms`)
  assert.ok(median < 300)
})

test('a page is read from the index: as many rows as it has, wherever it begins', async () => {
  await fill(10_000)
  await pool.query('analyze posthorn.dead_letters, posthorn.events')
  const [middle] = await listDeadLetters(pool, { filter: {}, order: 'newest_first', limit: 5_000 }).then((page) =>
    page.slice(-1),
  )
  const plans: string[] = []
  const explaining = {
    query: async (text: string, values: unknown[]) => {
      const { rows } = await pool.query<{ 'QUERY PLAN': string }>(
        `explain (analyze, costs off, timing off) ${text}`,
        values,
      )
      plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'))
      return { rows: [] }
    },
  } as unknown as Pool
  for (const order of ['newest_first', 'oldest_first'] as const) {
    const after = fromCursor(middle?.cursor ?? '')
    assert.ok(after)
    await listDeadLetters(explaining, { filter: {}, order, after, limit: 50 })
  }
  for (const plan of plans) {
    assert.match(plan, /Index Scan (Backward )?using dead_letters_in_order on dead_letters d \(actual rows=50/, plan)
    assert.doesNotMatch(plan, /Seq Scan/, plan)
  }
})

/** Dead letters as an outage leaves them, many of them at the same moment. */
async function fill(count: number): Promise<void> {
  await pool.query(
    `with made as (
       insert into posthorn.events (key, source, provider, event_id, type, state, body_hash, body_day, receipt_id, secret_slot)
       select gen_random_uuid(), 'shop', 'stripe', 'evt_' || n, 'invoice.paid', 'dead', '', now()::date, gen_random_uuid(), 'current'
       from generate_series(1, $1::integer) n returning key, source, type, received_at, event_id)
     insert into posthorn.dead_letters (key, handler, attempt, code, message, fingerprint, source, type, received_at, dead_lettered_at)
     select key, 'settle', 1, 'code', 'no order ' || event_id, '0123456789ab', source, type, received_at,
       date_trunc('minute', now()) - (abs(hashtext(event_id)) % 500) * interval '1 minute'
     from made`,
    [count],
  )
}

test('a discarded event is ignored, keeps the errors of its attempts, and the audit log says who and why', async () => {
  const key = await deadEvent('evt_1', dead('no_luck', 'not today'))
  const result = await discardDeadLetters(pool, { source: 'shop', eventId: 'evt_1', by: OPERATOR })
  assert.deepEqual(result, { discarded: true, handlers: ['settle'] })
  assert.deepEqual(await stateOf(key), { state: 'ignored', state_reason: 'discarded' })
  assert.deepEqual(await list(), [])
  const record = await readEventRecord(pool, 'shop', 'evt_1')
  const [run] = record?.attempts ?? []
  assert.deepEqual([run?.state, run?.code, run?.message], ['dead', 'no_luck', 'not today'])
  assert.ok(run?.discardedAt)
  assert.deepEqual(
    record?.actions.map(({ actor, action, reason }) => [actor, action, reason]),
    [['ada', 'dead_letters.discard', 'a test']],
  )
  const again = await discardDeadLetters(pool, { source: 'shop', eventId: 'evt_1', by: OPERATOR })
  assert.ok(!again.discarded && again.reason === 'not_dead')
})

test('what one handler discarded stays discarded when another of the event runs again', async () => {
  const key = await accept({ eventId: 'evt_1' })
  const run = await open(['settle', 'mirror'])
  await close('settle', dead('no_luck'), run)
  await close('mirror', dead('provider_refused_403'), run)
  const discard = { source: 'shop', eventId: 'evt_1', handler: 'settle', by: OPERATOR }
  assert.ok((await discardDeadLetters(pool, discard)).discarded)
  assert.deepEqual(await stateOf(key), { state: 'dead', state_reason: 'provider_refused_403' })
  const replayed = await replayDeadLetter(pool, { source: 'shop', eventId: 'evt_1', by: OPERATOR })
  assert.deepEqual(replayed, { replayed: true, handler: 'mirror', attempt: 2 })
  await close('mirror', processed(), await open(['mirror']))
  assert.deepEqual(await stateOf(key), { state: 'ignored', state_reason: 'discarded' })
})

test('nothing is discarded while its replay is under way', async () => {
  await deadEvent('evt_1')
  await replayDeadLetter(pool, { source: 'shop', eventId: 'evt_1', by: OPERATOR })
  const discard = { source: 'shop', eventId: 'evt_1', by: OPERATOR }
  for (const handlers of [['settle'], undefined]) {
    const result = await discardDeadLetters(pool, discard)
    assert.ok(!result.discarded && result.reason === 'run_open')
    if (handlers) await open(handlers)
  }
})

test('a replay is refused where nothing is dead, and asks which handler where several are', async () => {
  const refusal = async (eventId: string, handler?: string) => {
    const result = await replayDeadLetter(pool, { source: 'shop', eventId, by: OPERATOR, ...(handler && { handler }) })
    return result.replayed ? result.handler : result.reason
  }
  assert.equal(await refusal('evt_never'), 'not_dead')
  await accept({ eventId: 'evt_1' })
  const run = await open(['settle', 'notify', 'mirror'])
  for (const handler of ['settle', 'notify', 'mirror']) await close(handler, dead('no_luck'), run)
  assert.equal(await refusal('evt_1'), 'ambiguous_handler')
  assert.equal(await refusal('evt_1', 'settle'), 'settle')
  assert.equal(await refusal('evt_1', 'notify'), 'run_open')
})

test('a replay that Temporal loses is counted still', async () => {
  await deadEvent('evt_1')
  await replayDeadLetter(pool, { source: 'shop', eventId: 'evt_1', by: OPERATOR })
  const run = await open()
  assert.equal(await recoverLostRun(pool, { ...run, handler: 'settle' }), 'retried')
  const [letter] = await listDeadLetters(pool, { filter: {}, order: 'newest_first', limit: 1 })
  assert.deepEqual([letter?.replays, letter?.eventState], [1, 'received'])
})

test('an export has every dead letter with its bytes, the oldest first, and goes on where it was cut off', async () => {
  for (let n = 1; n <= 5; n += 1) {
    await accept({ eventId: `evt_${n}`, body: Buffer.from([n, 0, 255]) })
    await close('settle', dead('no_luck'), await open())
  }
  const read = async (after?: string) => {
    const letters = []
    for await (const letter of exportDeadLetters(pool, {}, after === undefined ? undefined : fromCursor(after))) {
      letters.push(letter)
    }
    return letters
  }
  const all = await read()
  assert.deepEqual(
    all.map(({ eventId, received }) => [eventId, ...(received?.body ?? [])]),
    [1, 2, 3, 4, 5].map((n) => [`evt_${n}`, n, 0, 255]),
  )
  const rest = await read(all[2]?.cursor)
  assert.deepEqual(
    rest.map(({ eventId }) => eventId),
    ['evt_4', 'evt_5'],
  )
})

test('failed tries of a run are kept with their times: the first ones of each activity, and the latest', async () => {
  const key = await accept({ eventId: 'evt_1' })
  const run = { source: 'shop', eventId: 'evt_1', handler: 'settle', attempt: 1 }
  const failed = (n: number, activityId = '1') => ({
    run,
    activityId,
    activity: 'charge',
    try: n,
    code: 'provider_error',
    message: `down ${n}`,
  })
  const other = { ...failed(1), run: { source: 'shop', key, handler: 'notify', attempt: 1 } }
  assert.deepEqual(await recordFailedTries(pool, [failed(1), failed(1, '2'), other]), [true, false, true])
  const later = Array.from({ length: 60 }, (_, n) => failed(n + 2))
  assert.deepEqual(new Set(await recordFailedTries(pool, later)), new Set([false]))
  assert.deepEqual(await recordFailedTries(pool, [failed(62)]), [false])
  await open()
  const record = await readEventRecord(pool, 'shop', 'evt_1')
  const [attempt] = record?.attempts ?? []
  assert.deepEqual([attempt?.state, attempt?.closedAt], ['open', null])
  const tries = attempt?.failures.filter(({ message }) => message !== 'down 1').map((failure) => failure.try)
  assert.deepEqual(tries, [...Array.from({ length: 18 }, (_, n) => n + 2), 62])
  assert.equal(attempt?.failures.length, 21)
  assert.ok(attempt.failures.every(({ at }) => at instanceof Date))
})
