import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type TestContext, after, before, test } from 'node:test'
import type { Effects } from 'posthorn/activity'
import { createEffects } from '../../src/effects/effects.ts'
import { runProgram } from '../../src/main/program.ts'
import { eventKey } from '../../src/storage/event-key.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import { type Pool, createPool } from '../../src/storage/pool.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { processed } from '../../src/domain/event.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { adminQuery, withDatabase } from '../support/admin-query.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { ORDERS_SECRET, writeInstallation } from '../support/installation.ts'
import { testSetting } from '../support/test-setting.ts'

/** The activities have a database of their own here, which nobody has migrated. */
let engine: TestDatabase
let userUrl: string
let userPool: Pool
let effects: Effects

const key = eventKey('orders', 'evt_1')
const userDatabase = `posthorn_user_${randomBytes(4).toString('hex')}`

before(async () => {
  engine = await createTestDatabase()
  const adminUrl = testSetting('databaseUrl')
  await adminQuery(adminUrl, `create database ${userDatabase}`)
  userUrl = withDatabase(adminUrl, userDatabase)
  userPool = createPool({ url: userUrl, max: 2, name: 'posthorn-test', onError: () => undefined })
  effects = createEffects({ pool: userPool, currentRun: () => ({ key, handler: 'settle', attempt: 1 }) })
})
after(async () => {
  await userPool.end()
  await adminQuery(testSetting('databaseUrl'), `drop database ${userDatabase} with (force)`)
  await engine.drop()
})

async function posthorn(t: TestContext, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const root = await writeInstallation(t, { 'migrations/0001_payments.sql': 'create table payments (what text)' })
  const environment = {
    DATABASE_URL: engine.url,
    POSTHORN_USER_DATABASE_URL: userUrl,
    POSTHORN_CONFIG: join(root, 'posthorn.config.ts'),
    POSTHORN_OPERATOR: 'ada',
    ORDERS_WEBHOOK_SECRET: ORDERS_SECRET,
  }
  let [out, err] = ['', '']
  const code = await runProgram(args, {
    environment,
    given: environment,
    out: (text) => (out += text),
    err: (text) => (err += text),
  })
  return { code, out, err }
}

const auditLog = async () =>
  (await engine.pool().query('select actor, action, target, reason from posthorn.audit_log order by id'))
    .rows as unknown[]

test('a database of the activities gets the ledger and their tables, and nothing else of the engine’s', async (t) => {
  const { out } = await posthorn(t, 'migrate', '--json')
  assert.deepEqual(JSON.parse(out), { applied: ['engine/0006_effects.sql', 'app/0001_payments.sql'] })
  const { rows } = await userPool.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname in ('posthorn', 'public') order by tablename`,
  )
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['effect_ledger', 'migrations', 'payments'],
  )
  assert.deepEqual(JSON.parse((await posthorn(t, 'migrate', '--json')).out), { applied: [] })
  const { rows: lost } = await engine.pool().query(`select to_regclass('payments') as payments`)
  assert.deepEqual(lost, [{ payments: null }])
})

test('the ledger of an event is listed', async (t) => {
  const { out } = await posthorn(t, 'effects', 'list', 'orders', 'evt_1')
  assert.equal(out, 'This event has no effects.\n')
  await effects.once('pay', 'order_1', async (tx) => void (await tx.query(`insert into payments values ('order_1')`)))
  const unanswered = effects.callOnce('charge', { discriminator: '', keyLifetimeMs: 1_000 }, async () => {
    throw new Error('connection reset')
  })
  await assert.rejects(unanswered)
  const listed = await posthorn(t, 'effects', 'list', 'orders', 'evt_1')
  assert.match(
    listed.out,
    /^STARTED +HANDLER +ATTEMPT +EFFECT +STATE\n\S+ +settle +1 +pay\/order_1 +done\n\S+ +settle +1 +charge +not known to have ended\n$/,
  )
})

test('a person who finds out that a call took place says so, and the activity goes on with its result', async (t) => {
  const confirm = (...more: string[]) => posthorn(t, 'effects', 'confirm', 'orders', 'evt_1', ...more)
  assert.equal((await confirm('charge')).code, 2, 'without a reason')
  assert.equal((await confirm('charge', '--reason', 'x', '--result', '{')).code, 2, 'with what is no JSON')
  assert.match(
    (await confirm('refund', '--reason', 'x')).err,
    /There is no effect refund, but pay\/order_1 of settle, charge/,
  )
  assert.match((await confirm('pay', '--reason', 'x')).err, /known to be done/)
  const { code, out } = await confirm('charge', '--reason', 'their log has it', '--result', '{"id": "ch_1"}')
  assert.deepEqual([code, out], [0, 'charge of settle is done: a replay of the event goes on after it.\n'])
  const terms = { discriminator: '', keyLifetimeMs: 1_000 }
  assert.deepEqual(await effects.callOnce('charge', terms, () => assert.fail('it was made')), { id: 'ch_1' })
  const target = { source: 'orders', eventId: 'evt_1', handler: 'settle', effect: 'charge' }
  assert.deepEqual(await auditLog(), [{ actor: 'ada', action: 'effects.confirm', target, reason: 'their log has it' }])
})

/** The event ran, and may be replayed. */
async function processedEvent(): Promise<void> {
  const pool = engine.pool()
  await createInbox({ pool }).accept(incomingEvent({ source: 'orders', eventId: 'evt_1' }))
  await pool.query('delete from posthorn.queue')
  await closeRuns(pool, [{ key, handler: 'settle', attempt: 1, outcome: processed() }])
  await pool.query(`update posthorn.events set state = 'processed'`)
}

const redoOf =
  (t: TestContext) =>
  (effect: string, ...more: string[]) =>
    posthorn(t, 'replay', 'orders', 'evt_1', '--redo', effect, '--reason', 'it bounced', ...more)

test('a redo that breaks off between the two databases stands in the audit log all the same', async (t) => {
  await processedEvent()
  const mails = (): Promise<unknown> => effects.once('mail', '', () => Promise.resolve())
  await mails()
  await engine.pool().query(
    `create function refuse() returns trigger language plpgsql as $$ begin raise 'the line is cut'; end $$;
     create constraint trigger at_commit after insert on posthorn.queue initially deferred
       for each row execute function refuse()`,
  )
  t.after(() => engine.pool().query('drop trigger at_commit on posthorn.queue'))
  assert.match((await redoOf(t)('mail')).err, /the line is cut/)
  const { rows } = await userPool.query(
    `select redone_at is not null as redone from posthorn.effect_ledger where name = 'mail'`,
  )
  assert.deepEqual(rows, [{ redone: true }])
  const actions = (await auditLog()) as { action: string }[]
  assert.equal(actions.at(-1)?.action, 'effects.redo')
})

test('a redo reaches the ledger in the database of the activities', async (t) => {
  const pool = engine.pool()
  const redo = redoOf(t)
  assert.match((await redo('refund', '--dry-run')).err, /There is no effect refund/)
  for (const again of [1, 2]) assert.equal((await redo('pay', '--dry-run')).code, 0, `asked ${again} times`)
  const { code, err } = await redo('pay')
  assert.equal(code, 0, err)
  const { rows } = await pool.query('select handler, attempt from posthorn.queue')
  assert.deepEqual(rows, [{ handler: 'settle', attempt: 2 }])
  await effects.once('pay', 'order_1', async (tx) => void (await tx.query(`insert into payments values ('again')`)))
  assert.equal((await userPool.query('select 1 from payments')).rowCount, 2)
  const actions = (await auditLog()) as { action: string }[]
  assert.deepEqual(actions.map(({ action }) => action).slice(-2), ['events.replay', 'effects.redo'])
})
