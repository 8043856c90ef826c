import assert from 'node:assert/strict'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { migrate } from '../../src/storage/migrate.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'

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
    ['app/0001_worked_examples.sql', 'app/0002_branches.sql'],
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
