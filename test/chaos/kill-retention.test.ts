import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { listDayPartitions } from '../../src/storage/day-partitions.ts'
import { createInbox } from '../../src/storage/inbox.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { loadBody } from '../../src/storage/stored-event.ts'
import { ageEverything } from '../storage/age.ts'
import { incomingEvent } from '../storage/incoming-event.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { startPosthorn } from '../support/posthorn.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool({ max: 8 })
})
after(() => database.drop())

const PATIENCE = { timeoutMs: 60_000 }

/** Holds a lock until it is let go, in a session that may idle for as long as a process takes to start. */
async function hold(lock: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query('begin')
  await client.query(lock)
  return async () => {
    await client.query('rollback')
    await client.end()
  }
}

const untilState = (name: string, expected: string): Promise<void> =>
  eventually(async () => {
    const partition = (await listDayPartitions(pool)).find((one) => one.name === name)
    assert.equal(partition?.state, expected)
  }, PATIENCE)

const untilBlocked = (statement: string): Promise<void> =>
  eventually(async () => {
    const { rows } = await pool.query(
      `select 1 from pg_stat_activity
       where wait_event_type = 'Lock' and datname = current_database() and query ~ $1`,
      [statement],
    )
    assert.equal(rows.length, 1)
  }, PATIENCE)

test('killed between detachment and drop, retention is taken up where it was, and no byte of unfinished work is lost', async (t) => {
  const inbox = createInbox({ pool })
  const events = await Promise.all(Array.from({ length: 250 }, () => inbox.accept(incomingEvent())))
  const keys = events.map(({ key }) => key)
  const before = await Promise.all(keys.map((key) => loadBody(pool, key)))
  const assertWhole = async () => assert.deepEqual(await Promise.all(keys.map((key) => loadBody(pool, key))), before)
  const { bodies } = await ageEverything(pool, 40)
  const cwd = await temporaryDirectory(t)
  const run = () => startPosthorn(t, ['retention', 'run', '--json'], { cwd, env: { DATABASE_URL: database.url } })

  // The first one dies while it detaches.
  const releasePartition = await hold(`lock table posthorn.${bodies} in access share mode`)
  const first = run()
  await untilState(bodies, 'pending')
  first.process.kill('SIGKILL')
  await first.ended
  // As if no body had been copied before, so that there is something to copy now.
  await pool.query('delete from posthorn.kept_bodies')
  const releaseKept = await hold('lock table posthorn.kept_bodies in exclusive mode')
  await releasePartition()

  // The second one, while it copies from the detached table.
  const second = run()
  await untilState(bodies, 'detached')
  await untilBlocked('^insert into posthorn.kept_bodies')
  second.process.kill('SIGKILL')
  await second.ended
  await assertWhole()
  await releaseKept()

  const third = await run().ended
  assert.equal(third.code, 0, third.stderr)
  assert.equal((await listDayPartitions(pool)).filter(({ ageDays }) => ageDays > 0).length, 0)
  await assertWhole()
})
