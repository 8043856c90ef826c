import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adminQuery } from './admin-query.ts'
import { createTestDatabase } from './database.ts'

test('each database is migrated, empty, apart from the others, and gone after the drop', async () => {
  const [one, other] = await Promise.all([createTestDatabase(), createTestDatabase()])
  const pool = one.pool()
  const applied = await pool.query('select name from posthorn.migrations')
  assert.ok(applied.rows.length > 0)
  await pool.query('create table public.mine ()')
  const { rows } = await other.pool().query(`select to_regclass('public.mine') as found`)
  assert.deepEqual(rows, [{ found: null }])

  const { url } = one
  await Promise.all([one.drop(), other.drop()])
  assert.ok(pool.ended)
  await assert.rejects(adminQuery(url, 'select 1'), { code: '3D000' })
})
