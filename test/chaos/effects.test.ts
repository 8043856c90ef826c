import assert from 'node:assert/strict'
import { type TestContext, after, before, test } from 'node:test'
import { runProgram } from '../../src/main/program.ts'
import { type Inbox, createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { createWakeUp } from '../../src/storage/wake-up.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { type RunningPosthorn, startPosthorn } from '../support/posthorn.ts'
import { connectTemporal, createNamespace } from '../support/temporal.ts'
import { testSetting } from '../support/test-setting.ts'
import { type OtherSide, startOtherSide } from './other-side.ts'

/** Nothing but the ledger keeps these effects from taking place twice: the table has no key. */
const ACTIVITIES = `
import { activity } from 'posthorn/activity'

const otherSide = process.env['OTHER_SIDE']

export const settle = activity('local', ({ once }) => async (event) => {
  const args = event.type === 'order.moody' ? { attempt: event.attempt } : undefined
  const settled = await once('settle', { discriminator: 'all', args }, async (tx) => {
    await tx.query('insert into settled (event_id) values ($1)', [event.eventId])
    return { attempt: event.attempt }
  })
  await fetch(otherSide + '/after/' + event.eventId)
  return settled
})

export const charge = activity('local', ({ callOnce }) => async (event) =>
  callOnce('charge', { discriminator: '', keyLifetimeMs: 86_400_000 }, async (idempotencyKey) => {
    const headers = { 'idempotency-key': idempotencyKey }
    const answer = await fetch(otherSide + '/charge/' + event.eventId, { method: 'POST', headers })
    return answer.json()
  }))
`

const WORKFLOWS = `
import { activities, eventWorkflow, processed } from 'posthorn/workflow'

const { settle, charge } = activities()

export const orderSettled = eventWorkflow('standard-webhooks/order.*', async (event) => {
  await settle(event)
  return processed()
})

export const orderCharged = eventWorkflow('standard-webhooks/order.charged', async (event) => {
  await charge(event)
  return processed()
})
`

const PATIENCE = { timeoutMs: 90_000, intervalMs: 50 }

let database: TestDatabase
let pool: Pool
let inbox: Inbox
let otherSide: OtherSide
let namespace: string

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  await pool.query('create table settled (event_id text not null)')
  inbox = createInbox({ pool, onCommitted: createWakeUp(pool) })
  otherSide = await startOtherSide()
  const temporal = await connectTemporal()
  namespace = await createNamespace(temporal.connection)
  await temporal.close()
})
after(async () => {
  otherSide.close()
  await database.drop()
})

const environment = (): NodeJS.ProcessEnv => ({
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: testSetting('temporalAddress'),
  TEMPORAL_NAMESPACE: namespace,
  ORDERS_WEBHOOK_SECRET: ORDERS_SECRET,
  POSTHORN_OPERATOR: 'ada',
  OTHER_SIDE: otherSide.url,
})

/** Returns how to start a worker of it. */
async function installation(t: TestContext): Promise<() => Promise<RunningPosthorn>> {
  const cwd = await writeInstallation(t, { 'activities/index.ts': ACTIVITIES, 'workflows/index.ts': WORKFLOWS })
  return async () => {
    const worker = startPosthorn(t, ['work'], { cwd, env: environment() })
    await worker.logged('worker.running')
    return worker
  }
}

const accept = (eventId: string, type: string) =>
  inbox.accept(incomingEvent({ source: 'orders', provider: 'standard-webhooks', eventId, type }))

interface Settled {
  state: string
  reason: string | null
}

/** How the event's run of this attempt ended, once nothing of the event is under way. */
const ended = (eventId: string, attempt = 1): Promise<Settled> =>
  eventually(async () => {
    const { rows } = await pool.query<Settled>(
      `select r.state, r.error_code as reason from posthorn.runs r join posthorn.events using (key)
       where event_id = $1 and attempt = $2`,
      [eventId, attempt],
    )
    assert.ok(rows[0], `attempt ${attempt} of ${eventId} has not ended`)
    const left = await pool.query(
      `select from posthorn.events where event_id = $1
         and (key in (select key from posthorn.queue) or key in (select key from posthorn.open_runs))`,
      [eventId],
    )
    assert.equal(left.rowCount, 0, `${eventId} has a run open`)
    return rows[0]
  }, PATIENCE)

const effectsOn = async (eventId: string): Promise<number> =>
  (await pool.query('select 1 from settled where event_id = $1', [eventId])).rowCount ?? 0

async function posthorn(...args: string[]): Promise<{ code: number; text: string }> {
  let text = ''
  const write = (more: string) => (text += more)
  const code = await runProgram(args, { environment: environment(), given: environment(), out: write, err: write })
  return { code, text }
}

async function replay(eventId: string, reason: string, ...flags: string[]): Promise<void> {
  const { code, text } = await posthorn('replay', 'orders', eventId, '--reason', reason, ...flags)
  assert.equal(code, 0, text)
}

const DONE = { state: 'processed', reason: null }

test('a worker is killed with three effects under way, and another goes on', async (t) => {
  const start = await installation(t)
  const worker = await start()
  const held = { evt_settled: '/after/evt_settled', evt_called: '/charge/evt_called', evt_parked: '/charge/evt_parked' }
  for (const path of Object.values(held)) otherSide.hold(path)
  await accept('evt_settled', 'order.settled')
  await accept('evt_called', 'order.charged')
  await accept('evt_parked', 'order.charged')
  await eventually(() => Object.values(held).every((path) => otherSide.keysOf(path).length > 0), PATIENCE)
  assert.equal(await effectsOn('evt_settled'), 1)
  worker.process.kill('SIGKILL')
  await worker.ended
  otherSide.release()
  await pool.query(
    `update posthorn.effect_ledger f set started_at = f.started_at - interval '25 hours'
     from posthorn.events e where e.key = f.key and event_id = 'evt_parked'`,
  )
  await start()

  await t.test('between the commit of an effect and the end of its activity: there is one effect', async () => {
    assert.deepEqual(await ended('evt_settled'), DONE)
    assert.ok(otherSide.keysOf(held.evt_settled).length > 1, 'the activity ran again')
    assert.equal(await effectsOn('evt_settled'), 1)
  })

  await t.test('between a call and its result: it is made again with the same key, and never after that', async () => {
    assert.deepEqual(await ended('evt_called'), DONE)
    const keys = otherSide.keysOf(held.evt_called)
    assert.ok(keys.length > 1, 'the call was made again')
    assert.match(keys[0] ?? '', /^[0-9a-f-]{36}$/)
    assert.equal(new Set(keys).size, 1)
    await replay('evt_called', 'a test')
    assert.deepEqual(await ended('evt_called', 2), DONE)
    assert.equal(otherSide.keysOf(held.evt_called).length, keys.length)
  })

  await t.test('and its key is forgotten by now: a person decides, and a redo calls with another key', async () => {
    assert.deepEqual(await ended('evt_parked'), { state: 'dead', reason: 'effect_uncertain' })
    assert.equal(otherSide.keysOf(held.evt_parked).length, 1)
    await replay('evt_parked', 'their log does not have it', '--redo', 'charge')
    assert.deepEqual(await ended('evt_parked', 2), DONE)
    assert.equal(new Set(otherSide.keysOf(held.evt_parked)).size, 2)
  })
})

test('replays leave one effect', async (t) => {
  await (
    await installation(t)
  )()
  await accept('evt_ten', 'order.settled')
  assert.deepEqual(await ended('evt_ten'), DONE)

  await t.test('ten of them', async () => {
    for (let attempt = 2; attempt <= 11; attempt += 1) {
      await replay('evt_ten', 'a test')
      assert.deepEqual(await ended('evt_ten', attempt), DONE)
    }
    assert.equal(await effectsOn('evt_ten'), 1)
  })

  await t.test('unless a person asks for the effect: then exactly one more', async () => {
    await replay('evt_ten', 'it went to the wrong ledger', '--redo', 'settle/all')
    assert.deepEqual(await ended('evt_ten', 12), DONE)
    assert.equal(await effectsOn('evt_ten'), 2)
    await replay('evt_ten', 'a test')
    assert.deepEqual(await ended('evt_ten', 13), DONE)
    assert.equal(await effectsOn('evt_ten'), 2)
  })

  await t.test('what was done, when, and who had it done again can be seen', async () => {
    const { text } = await posthorn('effects', 'list', 'orders', 'evt_ten', '--json')
    const listed = JSON.parse(text) as Record<string, unknown>[]
    assert.deepEqual(
      listed.map(({ effect, redo, attempt, result, redoneAt }) => [effect, redo, attempt, result, redoneAt !== null]),
      [
        ['settle/all', 0, 1, { attempt: 1 }, true],
        ['settle/all', 1, 12, { attempt: 12 }, false],
      ],
    )
    const { rows } = await pool.query(
      `select actor, reason, target from posthorn.audit_log where action = 'effects.redo' and target->>'eventId' = 'evt_ten'`,
    )
    const target = { source: 'orders', eventId: 'evt_ten', handler: 'orderSettled', effect: 'settle/all' }
    assert.deepEqual(rows, [{ actor: 'ada', reason: 'it went to the wrong ledger', target }])
  })

  await t.test('a redo that cannot be is refused, and then nothing is replayed', async () => {
    const unexplained = await posthorn('replay', 'orders', 'evt_ten', '--redo', 'settle')
    assert.equal(unexplained.code, 2)
    assert.match(unexplained.text, /--reason/)
    const unknown = await posthorn('replay', 'orders', 'evt_ten', '--redo', 'refund', '--reason', 'x')
    assert.equal(unknown.code, 1)
    assert.match(unknown.text, /no effect refund, but settle\/all of orderSettled\./)
    const { rows } = await pool.query('select key from posthorn.queue union all select key from posthorn.open_runs')
    assert.deepEqual(rows, [])
  })

  await t.test('with other arguments they end as a dead letter', async () => {
    await accept('evt_moody', 'order.moody')
    assert.deepEqual(await ended('evt_moody'), DONE)
    await replay('evt_moody', 'a test')
    assert.deepEqual(await ended('evt_moody', 2), { state: 'dead', reason: 'effect_mismatch' })
    assert.equal(await effectsOn('evt_moody'), 1)
  })
})
