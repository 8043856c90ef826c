import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { migrate } from '../../src/storage/migrate.ts'
import { type TestDatabase, createDatabaseOn, createTestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { testSetting } from '../support/test-setting.ts'

let database: TestDatabase
let folder: string

before(async () => {
  database = await createTestDatabase()
  folder = await mkdtemp(join(tmpdir(), 'posthorn-migrations-'))
  await cp('migrations', folder, { recursive: true })
})
after(async () => {
  await rm(folder, { recursive: true })
  await database.drop()
})

const run = () => migrate(database.url, { appMigrations: folder })

test('several migrators at once apply each migration once', async () => {
  const results = await Promise.all([run(), run(), run()])
  assert.deepEqual(
    results.flatMap(({ applied }) => applied),
    (await readdir('migrations')).toSorted().map((name) => `app/${name}`),
  )
  assert.deepEqual(await run(), { applied: [] })
})

test('a migration that fails leaves nothing behind', async () => {
  await writeFile(join(folder, '0009_broken.sql'), 'create table half (id integer); select 1/0;')
  await assert.rejects(run(), /app\/0009_broken.sql failed; nothing of it was kept/)
  const { rows } = await database.pool().query(`select to_regclass('half') as half`)
  assert.deepEqual(rows, [{ half: null }])
  await rm(join(folder, '0009_broken.sql'))
})

test('an index is built while rows come, where a migration says so, and again after an attempt that was broken off', async () => {
  const pool = database.pool()
  await pool.query('create table numbers (number integer)')
  await pool.query('insert into numbers values (1), (1)')
  const file = join(folder, '0009_numbers_by_value.sql')
  await writeFile(
    file,
    `-- outside a transaction
drop index concurrently if exists numbers_by_value;
create unique index concurrently numbers_by_value on numbers (number);
`,
  )
  await assert.rejects(run(), /app\/0009_numbers_by_value.sql failed, and may have been done in part. Run it again/)
  await pool.query('truncate numbers')
  const writer = await pool.connect()
  await writer.query('begin')
  await writer.query('insert into numbers values (1)')
  // Each of them has to wait for the writer, and two of them for the first: none for each other in a circle.
  const migrators = [run(), run(), run()]
  await eventually(async () => {
    const { rows } = await pool.query(
      `select from pg_stat_activity where application_name = 'posthorn-migrate' and datname = current_database()
         and wait_event_type = 'Lock'`,
    )
    assert.equal(rows.length, 1)
  })
  await pool.query('insert into numbers values (2)')
  await writer.query('commit')
  writer.release()
  const applied = (await Promise.all(migrators)).flatMap((result) => result.applied)
  assert.deepEqual(applied, ['app/0009_numbers_by_value.sql'])
  const { rows } = await pool.query(`select indisvalid from pg_index where indexrelid = 'numbers_by_value'::regclass`)
  assert.deepEqual(rows, [{ indisvalid: true }])
  await pool.query(`delete from posthorn.migrations where name = '0009_numbers_by_value.sql'`)
  await rm(file)
})

test('a migration that was edited after it ran is refused', async () => {
  const file = join(folder, '0001_worked_examples.sql')
  await writeFile(file, 'select 1')
  await assert.rejects(run(), /was edited after it ran/)
  await cp('migrations/0001_worked_examples.sql', file)
})

test('a database of a newer version is refused', async () => {
  await database
    .pool()
    .query(`insert into posthorn.migrations (scope, name, checksum) values ('engine', '9999_future.sql', '')`)
  await assert.rejects(run(), /holds migration engine\/9999_future.sql, which this version does not know/)
})

test('the tables of the installation stay out of our schema, even where the role has its name', async () => {
  const fresh = await createDatabaseOn(testSetting('databaseUrl'))
  const admin = fresh.pool()
  try {
    const { rows: roles } = await admin.query(`select from pg_roles where rolname = 'posthorn'`)
    if (roles.length === 0) await admin.query(`create role posthorn superuser login password 'posthorn'`)
    const url = new URL(fresh.url)
    if (url.username !== 'posthorn') Object.assign(url, { username: 'posthorn', password: 'posthorn' })
    await migrate(url.href, { appMigrations: 'migrations' })
    const { rows } = await fresh
      .pool({ url: url.href })
      .query(
        `select current_schema() as schema, to_regclass('public.call_records')::text as ours, to_regclass('posthorn.call_records') as strays`,
      )
    assert.deepEqual(rows, [{ schema: 'public', ours: 'call_records', strays: null }])
  } finally {
    await fresh.drop()
  }
})
