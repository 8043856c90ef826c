import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, afterEach, before, test } from 'node:test'
import pg from 'pg'
import { eventually } from '../support/eventually.ts'
import { type Stage, setStage } from './stage.ts'

let stage: Stage
const calls: string[] = []
const PATIENCE = { timeoutMs: 60_000 }
const undo: (() => Promise<unknown>)[] = []

before(async () => {
  stage = await setStage()
  await stage.serve()
  await stage.work()
})
after(() => stage.close())
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const databaseName = async (): Promise<string> =>
  (await stage.pool.query<{ name: string }>('select current_database() as name')).rows[0]?.name ?? ''

/** Ends every session but the test's own: what a server does when it changes its role. */
const endSessions = () =>
  stage.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name like 'posthorn-%' and application_name <> 'posthorn-test'`,
  )

/** Every statement that writes to the table fails as Postgres fails when it cannot extend a file. */
async function fillDisk(tables: readonly string[]): Promise<void> {
  await stage.pool.query(`create function no_space() returns trigger language plpgsql as $$
    begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$`)
  // Table by table, each for itself: runs that write to several lock them in an order of their own.
  undo.push(() => stage.pool.query('drop function no_space'))
  for (const table of tables) {
    undo.push(() => stage.pool.query(`drop trigger no_space on ${table}`))
    await stage.pool.query(
      `create trigger no_space before insert on ${table} for each statement execute function no_space()`,
    )
  }
}

const healthStatus = async (): Promise<number> => (await fetch(`${stage.url}/health/ready`)).status

async function acknowledged(callId: string): Promise<void> {
  await eventually(async () => assert.equal((await stage.send(callId)).status, 200), PATIENCE)
  calls.push(callId)
}

test('with the disk full webhooks are 503 and runs wait; once there is room everything goes on', async () => {
  stage.api.hold()
  await acknowledged('call_before')
  await eventually(() => stage.api.waiting > 0, PATIENCE)
  await fillDisk(['posthorn.events', 'posthorn.runs', 'call_records'])
  stage.api.release()
  const { status, body } = await stage.send('call_full')
  assert.deepEqual([status, (body as { error: { code: string } }).error.code], [503, 'not_durable'])
  await eventually(async () => {
    const refused = await stage.pool.query(`select 1 from posthorn.run_failures`)
    assert.ok((refused.rowCount ?? 0) > 0)
  }, PATIENCE)
  for (const step of undo.splice(0).reverse()) await step()
  await acknowledged('call_full')
  await stage.assertProcessedOnce(calls)
})

test('a Postgres that takes no writes is away, says health, and back when it takes them', async () => {
  const name = pg.escapeIdentifier(await databaseName())
  await stage.pool.query(`alter database ${name} set default_transaction_read_only = on`)
  undo.push(async () => {
    // The test's own session is as it was at its start.
    await stage.pool.query(`alter database ${name} reset default_transaction_read_only`)
    await endSessions()
  })
  await endSessions()
  await eventually(async () => assert.equal(await healthStatus(), 503), PATIENCE)
  assert.equal((await stage.send('call_read_only')).status, 503)
  for (const step of undo.splice(0)) await step()
  await acknowledged('call_read_only')
  await eventually(async () => assert.equal(await healthStatus(), 200), PATIENCE)
  await stage.assertProcessedOnce(calls)
})

test('without a free connection webhooks are 503, and with one they are taken again', async () => {
  const role = `crowded_${randomBytes(4).toString('hex')}`
  // The superuser of the tests is subject to no limit.
  await stage.pool.query(`create role ${role} login password 'crowded' connection limit 6`)
  await stage.pool.query(`grant usage on schema posthorn to ${role}`)
  await stage.pool.query(`grant all on all tables in schema posthorn to ${role}`)
  await stage.pool.query(`grant all on all sequences in schema posthorn to ${role}`)
  undo.push(async () => {
    await stage.pool.query(`drop owned by ${role}`)
    await stage.pool.query(`drop role ${role}`)
  })
  const url = new URL(stage.databaseUrl)
  url.username = role
  url.password = 'crowded'
  const receiver = await stage.serveBeside({ DATABASE_URL: url.href })
  undo.push(() => receiver.process.kill())
  const send = (callId: string) => stage.send(callId, receiver.url)
  assert.equal((await send('call_roomy')).status, 200)
  calls.push('call_roomy')

  const hogs: pg.Client[] = []
  const endOfReceiver = () =>
    stage.pool.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1 and application_name = $2',
      [role, 'posthorn-ingest'],
    )
  await eventually(async () => {
    await endOfReceiver()
    const hog = new pg.Client({ connectionString: url.href })
    hog.on('error', () => undefined)
    await hog.connect()
    hogs.push(hog)
    assert.equal(hogs.length, 6)
  }, PATIENCE)
  assert.equal((await send('call_crowded')).status, 503)
  for (const hog of hogs) await hog.end()
  await eventually(async () => assert.equal((await send('call_crowded')).status, 200), PATIENCE)
  calls.push('call_crowded')
  await stage.assertProcessedOnce(calls)
})
