import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { describeSchema } from './describe-schema.ts'

const REVIEWED = join(import.meta.dirname, '../schema.sql')

let database: TestDatabase

before(async () => {
  database = await createTestDatabase()
})
after(() => database.drop())

test('the migrations make the schema that was reviewed', async () => {
  const reviewed = await readFile(REVIEWED, 'utf8')
  assert.equal(await describeSchema(database.pool()), reviewed, 'If that is meant, run `npm run schema:dump`.')
})

test('a column, a constraint, an index and a sequence more are each seen', async () => {
  const pool = database.pool()
  const changes = [
    'alter table posthorn.events add column hidden text',
    'alter table posthorn.parked alter column detail drop not null',
    `alter table posthorn.sources add constraint named check (name <> '')`,
    'create index on posthorn.runs (closed_at)',
    'create sequence posthorn.other_sequence',
    `create function posthorn.one() returns integer language sql return 1`,
  ]
  for (const change of changes) {
    const before = await describeSchema(pool)
    await pool.query(change)
    assert.notEqual(await describeSchema(pool), before, change)
  }
})

test('partitions and rows change nothing', async () => {
  const pool = database.pool()
  const before = await describeSchema(pool)
  await pool.query(
    `create table posthorn.bodies_later partition of posthorn.bodies for values from ('2100-01-01') to ('2100-01-02')`,
  )
  await pool.query(`select nextval('posthorn.fetch_sequence')`)
  assert.equal(await describeSchema(pool), before)
})
