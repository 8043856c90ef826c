import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createInbox } from '../../src/storage/inbox.ts'
import { recoverLostRun } from '../../src/storage/open-runs.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { incomingEvent } from './incoming-event.ts'

let database: TestDatabase
let pool: Pool
let key: string

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
  ;({ key } = await createInbox({ pool }).accept(incomingEvent()))
})
after(() => database.drop())

/** What a dispatcher has done once it recorded the start of a run. */
async function open(handler: string, attempt: number): Promise<void> {
  await pool.query('delete from posthorn.queue where key = $1 and coalesce(handler, $2) = $2', [key, handler])
  await pool.query(
    `insert into posthorn.open_runs (key, handler, attempt, workflow_id, check_at) values ($1, $2, $3, '', now())`,
    [key, handler, attempt],
  )
  await pool.query(`update posthorn.events set state = 'dispatched' where key = $1`, [key])
}

const state = async (): Promise<string | undefined> =>
  (await pool.query<{ state: string }>('select state from posthorn.events where key = $1', [key])).rows[0]?.state

const processed = { state: 'processed' } as const

test('when an event has lost the runs of both its handlers, neither new attempt speaks for the one that still waits', async () => {
  await open('invoicePaid', 1)
  await open('mirror', 1)
  assert.equal(await recoverLostRun(pool, { key, handler: 'mirror', attempt: 1 }), 'retried')
  assert.equal(await recoverLostRun(pool, { key, handler: 'invoicePaid', attempt: 1 }), 'retried')
  await open('mirror', 2)
  await closeRuns(pool, [{ key, handler: 'mirror', attempt: 2, outcome: processed }])
  assert.equal(await state(), 'dispatched')
  await open('invoicePaid', 2)
  await closeRuns(pool, [{ key, handler: 'invoicePaid', attempt: 2, outcome: processed }])
  assert.equal(await state(), 'processed')
})

test('a run that is lost twice makes its event dead', async () => {
  await open('invoicePaid', 3)
  assert.equal(await recoverLostRun(pool, { key, handler: 'invoicePaid', attempt: 3 }), 'retried')
  await open('invoicePaid', 4)
  assert.equal(await recoverLostRun(pool, { key, handler: 'invoicePaid', attempt: 4 }), 'dead')
  assert.equal(await state(), 'dead')
})
