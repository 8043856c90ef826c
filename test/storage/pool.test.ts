import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ClientBase } from 'pg'
import { transaction } from '../../src/storage/pool.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

let database: TestDatabase

before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

test('a connection that is cut while it is lent out fails its transaction and not the process', async () => {
  const pool = database.pool()
  await assert.rejects(
    transaction(pool, async (tx) => {
      const { rows } = await tx.query<{ pid: number }>('select pg_backend_pid() as pid')
      // Between two statements: no query is there to be told.
      const ended = new Promise((resolve) => (tx as ClientBase).once('end', resolve))
      await pool.query('select pg_terminate_backend($1)', [rows[0]?.pid])
      await ended
      await tx.query('select 1')
    }),
  )
  assert.equal((await pool.query('select 1 as one')).rows.length, 1)
})
