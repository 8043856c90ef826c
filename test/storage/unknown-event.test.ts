import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { Pool } from '../../src/storage/pool.ts'
import { closeRuns } from '../../src/storage/runs.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase
let pool: Pool

before(async () => {
  database = await createTestDatabase()
  pool = database.pool()
})
after(() => database.drop())

test('an outcome whose event is unknown, as after a restore, leaves nothing behind that would speak for the event later', async () => {
  const run = { key: randomUUID(), handler: 'toyPlain', attempt: 1 }
  const outcome = { state: 'dead', code: 'card_declined', message: 'no' } as const
  assert.deepEqual(await closeRuns(pool, [{ ...run, outcome }]), [false])
  const { rows } = await pool.query('select key from posthorn.runs union all select key from posthorn.dead_letters')
  assert.deepEqual(rows, [])
})
