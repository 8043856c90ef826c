import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, after, before, beforeEach, test } from 'node:test'
import { runProgram } from '../../src/main/program.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { recordFailedTries } from '../../src/storage/run-failures.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { runPosthorn } from '../support/posthorn.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())
beforeEach(() =>
  pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.open_runs, posthorn.runs,
    posthorn.dead_letters, posthorn.parked, posthorn.run_failures, posthorn.audit_log`),
)

const SIGNATURE = 'v1,c2lnbmF0dXJl'

/** An event whose run is dead. */
async function deadEvent(eventId: string, message: string, type = 'order.created'): Promise<void> {
  const { key } = await createInbox({ pool }).accept(
    incomingEvent({
      source: 'orders',
      provider: 'standard-webhooks',
      eventId,
      type,
      deliveryId: `delivery of ${eventId}`,
      headers: { 'content-type': 'application/json', 'webhook-signature': SIGNATURE, authorization: 'Bearer x' },
      body: Buffer.from(`{"order":"${eventId}"}`),
    }),
  )
  const run = { source: 'orders', eventId, handler: 'orderCreated', attempt: 1 }
  await recordFailedTries(pool, [
    { run, activityId: '1', activity: 'bookOrder', try: 1, code: 'RangeError', message: 'first' },
  ])
  await pool.query('delete from posthorn.queue where key = $1', [key])
  await pool.query(`update posthorn.events set state = 'dispatched' where key = $1`, [key])
  await closeRuns(pool, [{ ...run, key, outcome: { state: 'dead', code: 'no_such_order', message } }])
}

interface Answer {
  code: number
  stdout: string
  stderr: string
}

const variables = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ DATABASE_URL: database.url, ...more })

async function deadLetters(...args: string[]): Promise<Answer> {
  let [stdout, stderr] = ['', '']
  const environment = variables({ POSTHORN_OPERATOR: 'ada', TEMPORAL_NAMESPACE: 'shop' })
  const code = await runProgram(['dead-letters', ...args], {
    environment,
    given: environment,
    out: (text) => (stdout += text),
    err: (text) => (stderr += text),
  })
  return { code, stdout, stderr }
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await deadLetters(...args, '--json')
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as T
}

interface Listing {
  deadLetters: { eventId: string; fingerprint: string; cursor: string }[]
  next?: string
}

test('list prints the newest first, page by page, and by kind', async () => {
  assert.match((await deadLetters('list')).stdout, /There are no such dead letters/)
  for (const n of [1, 2, 3]) await deadEvent(`evt_${n}`, `no order ${n}`)
  await deadEvent('evt_4', 'something else', 'order.paid')
  const first = await json<Listing>('list', '--limit', '3')
  assert.deepEqual(
    first.deadLetters.map(({ eventId }) => eventId),
    ['evt_4', 'evt_3', 'evt_2'],
  )
  const second = await json<Listing>('list', '--limit', '3', '--after', first.next ?? '')
  assert.deepEqual(
    second.deadLetters.map(({ eventId }) => eventId),
    ['evt_1'],
  )
  assert.equal(second.next, undefined)
  const [kind, ...others] = await json<{ count: number; fingerprint: string }[]>('list', '--group')
  assert.deepEqual([kind?.count, others.length], [3, 1])
  const alike = await json<Listing>(
    'list',
    '--fingerprint',
    kind?.fingerprint ?? '',
    '--since',
    '1h',
    '--type',
    'order.*',
  )
  assert.equal(alike.deadLetters.length, 3)
  const table = (await deadLetters('list', '--type', 'order.paid')).stdout
  assert.match(table, /evt_4 .* orderCreated .* no_such_order: something else/)
  assert.doesNotMatch(table, /evt_1/)
  assert.match((await deadLetters('list', '--group')).stdout, /^3 +[0-9a-f]{12} +orderCreated/m)
})

test('what is no time and no cursor is a mistake of usage', async () => {
  for (const args of [
    ['list', '--since', 'yesterday'],
    ['list', '--since', '12'],
    ['list', '--after', 'here'],
    ['export', '--after', 'here'],
    ['discard', 'orders', 'evt_1'],
    ['replay', 'orders'],
    ['replay', 'orders', 'evt_1'],
    [],
  ]) {
    const { code, stdout, stderr } = await deadLetters(...args)
    assert.deepEqual([code, stdout], [2, ''], args.join(' '))
    assert.notEqual(stderr, '')
  }
})

test('show prints receipts, attempts with each failed try, and where Temporal has the run; the bytes only when asked', async () => {
  await deadEvent('evt_1', 'no order 1')
  const { stdout } = await deadLetters('show', 'orders', 'evt_1')
  assert.match(stdout, /^orders evt_1$/m)
  assert.match(stdout, /^ +\S+Z +new +- +delivery of evt_1/m)
  assert.match(stdout, /\S+Z {2}orderCreated #1 {2}dead {2}no_such_order: no order 1 \[[0-9a-f]{12}\]/)
  assert.match(stdout, /\S+Z {2}bookOrder, try 1 {2}RangeError: first/)
  assert.ok(
    stdout.includes('http://localhost:8233/namespaces/shop/workflows/event%2Forders%2Fevt_1%2ForderCreated\n'),
    stdout,
  )
  assert.doesNotMatch(stdout, /PAYLOAD|"order"/)
  const whole = await deadLetters('show', 'orders', 'evt_1', '--payload')
  assert.ok(whole.stdout.includes('{"order":"evt_1"}'))
  const shown = await json<{ payload: { headers: Record<string, string>; text: string } }>(
    'show',
    'orders',
    'evt_1',
    '--payload',
  )
  assert.deepEqual(shown.payload, {
    headers: { 'content-type': 'application/json', 'webhook-signature': '[redacted]', authorization: '[redacted]' },
    text: '{"order":"evt_1"}',
  })
  assert.ok(!whole.stdout.includes(SIGNATURE) && !whole.stdout.includes('Bearer'))
  const missing = await deadLetters('show', 'orders', 'evt_2')
  assert.deepEqual([missing.code, missing.stdout], [1, ''])
})

test('replay takes several events, says what came of each, and the audit log says who and why', async () => {
  for (const n of [1, 2]) await deadEvent(`evt_${n}`, 'no order')
  const { code, stdout } = await deadLetters('replay', 'orders', 'evt_1', 'evt_2', 'evt_9', '--reason', 'stock is back')
  assert.equal(code, 1)
  assert.deepEqual(stdout.trim().split('\n'), [
    'Event evt_1 is queued for orderCreated, attempt 2.',
    'Event evt_2 is queued for orderCreated, attempt 2.',
    'Event evt_9 is not replayed: There is no dead letter of event evt_9 of source orders.',
  ])
  const { rows } = await pool.query(
    `select actor, reason, target->>'eventId' as event from posthorn.audit_log order by id`,
  )
  assert.deepEqual(rows, [
    { actor: 'ada', reason: 'stock is back', event: 'evt_1' },
    { actor: 'ada', reason: 'stock is back', event: 'evt_2' },
  ])
  const [again] = await deadLetters('replay', 'orders', 'evt_1', '--reason', 'again', '--json').then(
    (answer) => JSON.parse(answer.stdout) as { replayed: boolean; reason: string }[],
  )
  assert.deepEqual([again?.replayed, again?.reason], [false, 'run_open'])
})

test('discard gives events up, with a reason', async () => {
  await deadEvent('evt_1', 'no order')
  const [result] = await json<{ discarded: boolean; handlers: string[] }[]>(
    'discard',
    'orders',
    'evt_1',
    '--reason',
    'a test order',
  )
  assert.deepEqual([result?.discarded, result?.handlers], [true, ['orderCreated']])
  assert.equal((await deadLetters('discard', 'orders', 'evt_1', '--reason', 'again')).code, 1)
  const { stdout } = await deadLetters('show', 'orders', 'evt_1')
  assert.match(stdout, /state +ignored \(discarded\) since/)
  assert.match(stdout, /ada +dead_letters\.discard +a test order/)
})

const parked = { state: 'parked', reason: 'schema_mismatch', detail: 'size: expected number' } as const

test('what is parked says what does not fit, and is given up in the same way', async () => {
  const event = { source: 'orders', provider: 'standard-webhooks', eventId: 'evt_1', type: 'order.created' }
  const { key } = await createInbox({ pool }).accept(incomingEvent({ ...event, hold: parked }))
  const shown = await deadLetters('show', 'orders', 'evt_1')
  assert.match(shown.stdout, /parked +before it was routed: size: expected number/)
  const other = await deadLetters('discard', 'orders', 'evt_1', '--handler', 'orderCreated', '--reason', 'x')
  assert.match(other.stdout, /neither dead nor parked for orderCreated/)

  const { code, stdout } = await deadLetters('discard', 'orders', 'evt_1', '--reason', 'a test order')
  assert.deepEqual([code, stdout], [0, 'Event evt_1 is discarded.\n'])
  const { rows } = await pool.query('select state, state_reason from posthorn.events where key = $1', [key])
  assert.deepEqual(rows, [{ state: 'ignored', state_reason: 'discarded' }])
  assert.equal((await pool.query('select from posthorn.unfinished')).rowCount, 0)
  const { stdout: after } = await deadLetters('show', 'orders', 'evt_1')
  assert.match(after, /ada +dead_letters\.discard +a test order/)
})

test('an event that is parked beside a dead run stays dead when the parking is given up; while a run is open nothing is', async () => {
  await deadEvent('evt_1', 'no order')
  const { rows } = await pool.query<{ key: string }>(
    `update posthorn.events set state = 'parked', state_reason = 'schema_mismatch' returning key`,
  )
  const key = rows[0]?.key
  await pool.query(
    `insert into posthorn.parked (key, source, code, detail, handler, attempt) values ($1, 'orders', 'schema_mismatch', '', 'audit', 1)`,
    [key],
  )
  await pool.query(
    `insert into posthorn.open_runs (key, handler, attempt, workflow_id, check_at) values ($1, 'mirror', 1, 'x', now())`,
    [key],
  )
  const discard = ['discard', 'orders', 'evt_1', '--handler', 'audit', '--reason', 'x']
  assert.match((await deadLetters(...discard)).stdout, /queued or open/)
  await pool.query('truncate posthorn.open_runs')
  assert.equal((await deadLetters(...discard)).code, 0)
  const { rows: events } = await pool.query('select state, state_reason from posthorn.events')
  assert.deepEqual(events, [{ state: 'dead', state_reason: 'no_such_order' }])
})

test('export writes a line for each dead letter with its bytes, and adds the rest where it was cut off', async (t) => {
  for (const n of [1, 2, 3]) await deadEvent(`evt_${n}`, 'no order')
  const file = join(await temporaryDirectory(t), 'dead.jsonl')
  const summary = await json<{ exported: number; cursor: string }>('export', '--file', file)
  assert.equal(summary.exported, 3)
  const text = await readFile(file, 'utf8')
  const lines = text.trim().split('\n')
  assert.deepEqual(
    lines.map(parseLine),
    [1, 2, 3].map((n) => [`evt_${n}`, `{"order":"evt_${n}"}`]),
  )
  assert.ok(!text.includes(SIGNATURE))
  assert.equal((await deadLetters('export', '--file', file)).code, 1, 'what was exported is not written over')

  await writeFile(file, `${lines[0] ?? ''}\n`)
  const { cursor } = JSON.parse(lines[0] ?? '') as { cursor: string }
  assert.equal((await json<{ exported: number }>('export', '--file', file, '--after', cursor)).exported, 2)
  assert.equal(await readFile(file, 'utf8'), text)
})

test('export to stdout is lines and nothing else; progress goes to stderr', async (t: TestContext) => {
  await deadEvent('evt_1', 'no order')
  const cwd = await writeInstallation(t)
  const { code, stdout, stderr } = await runPosthorn(t, ['dead-letters', 'export'], {
    cwd,
    env: variables({ ORDERS_WEBHOOK_SECRET: ORDERS_SECRET }),
  })
  assert.equal(code, 0, stderr)
  assert.deepEqual(parseLine(stdout), ['evt_1', '{"order":"evt_1"}'])
  assert.match(stderr, /1 dead letters are exported.*--after \S+/)
})

function parseLine(line: string): [string, string] {
  const { eventId, body } = JSON.parse(line) as { eventId: string; body: string }
  return [eventId, Buffer.from(body, 'base64').toString()]
}
