import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'

export interface MigrateOptions {
  /** Folder with the installation's own numbered migrations, run after the engine's in the default schema. */
  appMigrations?: string
}

export interface Migration {
  scope: 'engine' | 'app'
  name: string
  sql: string
  checksum: string
}

export const ENGINE_MIGRATIONS = join(import.meta.dirname, 'migrations')
/** One migrator at a time, whoever starts it: "posthorn" as a number. */
const LOCK = 7_067_836_481

/**
 * Brings the database to the schema of this version: forward only, one transaction a file.
 * @throws Error when an applied file was edited since, or the database is newer than this program.
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<{ applied: string[] }> {
  const migrations = [...(await readMigrations('engine', ENGINE_MIGRATIONS))]
  if (options.appMigrations !== undefined) migrations.push(...(await readMigrations('app', options.appMigrations)))
  const client = new pg.Client({ connectionString: url, application_name: 'posthorn-migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    await prepare(client)
    const pending = await findPending(client, migrations, options.appMigrations !== undefined)
    for (const migration of pending) await apply(client, migration)
    return { applied: pending.map((migration) => `${migration.scope}/${migration.name}`) }
  } finally {
    await client.end()
  }
}

export async function readMigrations(scope: Migration['scope'], folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => {
      const sql = await readFile(join(folder, name), 'utf8')
      return { scope, name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    }),
  )
}

async function prepare(client: pg.Client): Promise<void> {
  await client.query('create schema if not exists posthorn')
  await client.query(`
    create table if not exists posthorn.migrations (
      scope text not null,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now(),
      constraint migrations_pkey primary key (scope, name)
    )`)
}

async function findPending(client: pg.Client, migrations: Migration[], withApp: boolean): Promise<Migration[]> {
  const { rows } = await client.query<{ scope: string; name: string; checksum: string }>(
    'select scope, name, checksum from posthorn.migrations where $1 or scope = $2',
    [withApp, 'engine'],
  )
  const applied = new Map(rows.map((row) => [`${row.scope}/${row.name}`, row.checksum]))
  const pending = migrations.filter(({ scope, name, checksum }) => {
    const known = applied.get(`${scope}/${name}`)
    if (known !== undefined && known !== checksum) {
      throw new Error(`Migration ${scope}/${name} was edited after it ran. Restore the file and add a new migration.`)
    }
    applied.delete(`${scope}/${name}`)
    return known === undefined
  })
  const [unknown] = applied.keys()
  if (unknown !== undefined) {
    throw new Error(
      `The database holds migration ${unknown}, which this version does not know. Run the newer Posthorn.`,
    )
  }
  return pending
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin')
  try {
    await client.query("set local lock_timeout = '5s'")
    if (migration.scope === 'engine') await client.query('set local search_path = posthorn')
    await client.query(migration.sql)
    await client.query('insert into posthorn.migrations (scope, name, checksum) values ($1, $2, $3)', [
      migration.scope,
      migration.name,
      migration.checksum,
    ])
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new Error(`Migration ${migration.scope}/${migration.name} failed; nothing of it was kept.`, { cause })
  }
}
