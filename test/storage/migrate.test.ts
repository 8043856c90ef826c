import assert from 'node:assert/strict'
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { migrate } from '../../src/storage/migrate.ts'
import { type TestDatabase, createDatabaseOn, createTestDatabase } from '../support/database.ts'
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
