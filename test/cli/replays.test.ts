import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, after, before, beforeEach, test } from 'node:test'
import { processed } from '../../src/domain/event.ts'
import { runProgram } from '../../src/main/program.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { advanceReplay } from '../../src/storage/replays/advance-replay.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())
beforeEach(async () => {
  await pool.query(`truncate posthorn.events, posthorn.bodies, posthorn.queue, posthorn.open_runs, posthorn.runs, posthorn.dead_letters, posthorn.replays,
    posthorn.replay_items, posthorn.audit_log`)
})

async function posthorn(t: TestContext, args: string[]) {
  const root = await writeInstallation(t)
  const environment = {
    DATABASE_URL: database.url,
    // The commands get by without Temporal.
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    POSTHORN_CONFIG: join(root, 'posthorn.config.ts'),
    POSTHORN_OPERATOR: 'ada',
    ORDERS_WEBHOOK_SECRET: ORDERS_SECRET,
  }
  let [stdout, stderr] = ['', '']
  const code = await runProgram(args, {
    environment,
    given: environment,
    out: (text) => (stdout += text),
    err: (text) => (stderr += text),
  })
  return { code, stdout, stderr }
}

const dead = { state: 'dead', code: 'card_declined', message: 'the card was declined' } as const

async function bury(eventId: string): Promise<string> {
  const event = { source: 'orders', provider: 'standard-webhooks', eventId, type: 'order.created' }
  const { key } = await createInbox({ pool }).accept(incomingEvent(event))
  await pool.query('delete from posthorn.queue where key = $1', [key])
  await pool.query(`update posthorn.events set state = 'dispatched' where key = $1`, [key])
  await closeRuns(pool, [{ key, handler: 'orderCreated', attempt: 1, outcome: dead }])
  return key
}

const startOne = async (t: TestContext, ...more: string[]): Promise<string> => {
  const started = await posthorn(t, ['replays', 'start', '--reason', 'the fix is out', '--json', ...more])
  assert.equal(started.code, 0, started.stderr)
  return (JSON.parse(started.stdout) as { replay: string }).replay
}

/** Everything that a command could have changed. */
async function everything(): Promise<unknown> {
  const tables = ['events', 'queue', 'runs', 'dead_letters', 'entities', 'replays', 'replay_items', 'audit_log']
  const contents = tables.map(
    async (table) => (await pool.query<object>(`select * from posthorn.${table} order by 1`)).rows,
  )
  return Promise.all(contents)
}

test('a dry run says what would run, and writes nothing', async (t) => {
  await bury('evt_1')
  await bury('evt_2')
  const before = await everything()
  const { code, stdout, stderr } = await posthorn(t, ['replays', 'start', '--dry-run'])
  assert.equal(code, 0, stderr)
  assert.match(stdout, /^2 +orders +order\.created +orderCreated$/m)
  assert.match(stdout, /^evt_1 .* 2 +card_declined$/m)
  assert.match(stdout, /2 runs would be replayed\. Nothing has been written\./)
  const none = await posthorn(t, ['replays', 'start', '--dry-run', '--code', 'other'])
  assert.match(none.stdout, /Nothing would be replayed/)
  const json = await posthorn(t, ['replays', 'start', '--dry-run', '--json', '--type', 'order.*'])
  const { runs, groups, mirror } = JSON.parse(json.stdout) as { runs: number; groups: unknown[]; mirror: unknown[] }
  assert.deepEqual([runs, groups.length, mirror], [2, 1, []])
  const one = await posthorn(t, ['replay', 'orders', 'evt_1', '--dry-run'])
  assert.match(one.stdout, /Event evt_1 would run orderCreated, attempt 2\. Nothing has been written\./)
  assert.deepEqual(await everything(), before)
})

test('start records who and why for a worker to take it on; show, list and watch say how far it is', async (t) => {
  const key = await bury('evt_1')
  const id = await startOne(t, '--type', 'order.*', '--canary', '1', '--rate', '50', '--stop-above', '10%')
  const { rows } = await pool.query('select actor, action, reason, target from posthorn.audit_log')
  const filter = { state: 'dead', type: 'order.*' }
  assert.deepEqual(rows, [
    { actor: 'ada', action: 'replays.start', reason: 'the fix is out', target: { replay: id, filter } },
  ])
  await advanceReplay(pool, id)
  await pool.query(`update posthorn.replays set advanced_at = now() - interval '40 seconds'`)
  const shown = await posthorn(t, ['replays', 'show', id])
  assert.match(shown.stdout, /^selected +1$/m)
  assert.match(shown.stdout, /1 first, at most 50 a second, stops above 10 % failed/)
  assert.match(shown.stdout, /Nothing has moved it for \d+ s: .*posthorn work/)

  await advanceReplay(pool, id)
  await pool.query(`update posthorn.events set state = 'dispatched'`)
  await closeRuns(pool, [{ key, handler: 'orderCreated', attempt: 2, outcome: processed() }])
  await advanceReplay(pool, id)
  const watched = await posthorn(t, ['replays', 'watch', id, '--json'])
  assert.equal(watched.code, 0, watched.stderr)
  const { state, figures } = JSON.parse(watched.stdout) as { state: string; figures: { processed: number } }
  assert.deepEqual([state, figures.processed], ['done', 1])
  const listed = await posthorn(t, ['replays', 'list'])
  assert.match(listed.stdout, RegExp(`${id} +done +1/1 +0 +ada +dead type=order\\.\\*`))
})

test('what had another run open to the end is named: show says to start again, and watch fails', async (t) => {
  const key = await bury('evt_1')
  const id = await startOne(t)
  await advanceReplay(pool, id)
  await pool.query(
    `insert into posthorn.open_runs (key, handler, attempt, workflow_id, check_at) values ($1, 'notify', 1, 'it', now())`,
    [key],
  )
  for (let ended = false; !ended; ended = (await advanceReplay(pool, id)).ended) {
    await pool.query(`update posthorn.replays set advanced_at = now() - interval '1 second'`)
  }
  const shown = await posthorn(t, ['replays', 'show', id])
  assert.match(shown.stdout, /^skipped +1: 1 had another run open to the end$/m)
  assert.match(shown.stdout, /^1 not replayed: .* start a replay with the same filter again\.$/m)
  const watched = await posthorn(t, ['replays', 'watch', id, '--json'])
  const { state, skippedFor } = JSON.parse(watched.stdout) as { state: string; skippedFor: unknown }
  assert.deepEqual([watched.code, state, skippedFor], [1, 'done', { run_open: 1 }])
})

test('cancel ends it with a reason, once; watch then fails', async (t) => {
  await bury('evt_1')
  const id = await startOne(t)
  const { code, stdout } = await posthorn(t, ['replays', 'cancel', id, '--reason', 'wrong filter'])
  assert.deepEqual([code, /^state +cancelled/m.test(stdout)], [0, true])
  await advanceReplay(pool, id)
  assert.equal((await posthorn(t, ['replays', 'watch', id])).code, 1)
  assert.equal((await posthorn(t, ['replays', 'cancel', id])).code, 2)
  assert.deepEqual((await pool.query('select 1 from posthorn.queue')).rowCount, 0)
})

test('a replay of one says who and why, too, or is none', async (t) => {
  await bury('evt_1')
  const unexplained = await posthorn(t, ['replay', 'orders', 'evt_1'])
  assert.deepEqual([unexplained.code, unexplained.stderr.includes('--reason')], [2, true])
  assert.equal((await pool.query('select 1 from posthorn.queue')).rowCount, 0)
  assert.equal((await posthorn(t, ['replay', 'orders', 'evt_1', '--reason', 'they asked'])).code, 0)
  const { rows } = await pool.query('select actor, action, reason, target, detail from posthorn.audit_log')
  assert.deepEqual(rows, [
    {
      actor: 'ada',
      action: 'events.replay',
      reason: 'they asked',
      target: { source: 'orders', eventId: 'evt_1' },
      detail: { handler: 'orderCreated', attempt: 2 },
    },
  ])
})

test('what cannot be meant ends with 2, and says what to add', async (t) => {
  const cases = [
    [['start', '--state', 'processed', '--reason', 'x'], /--include-processed/],
    [['start', '--state', 'unrouted', '--code', 'x', '--reason', 'x'], /have no code/],
    [['start', '--state', 'parked', '--fingerprint', 'x', '--reason', 'x'], /Only dead letters/],
    [['start'], /--reason/],
    [['start', '--reason', 'x', '--stop-above', '140%'], /from 0% to 100%/],
    [['start', '--reason', 'x', '--state', 'received'], /Allowed choices/],
  ] as const
  for (const [args, says] of cases) {
    const { code, stderr } = await posthorn(t, ['replays', ...args])
    assert.deepEqual([code, says.test(stderr)], [2, true], stderr)
  }
  assert.equal((await pool.query('select 1 from posthorn.replays')).rowCount, 0)
  const unknown = await posthorn(t, ['replays', 'show', 'x'])
  assert.deepEqual([unknown.code, unknown.stderr], [1, 'There is no replay x.\n'])
})
