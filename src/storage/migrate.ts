import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { type MigratedPart, type MigrationState, inspectMigrations } from './inspect-migrations.ts'
import type { Migration } from './migration-files.ts'

export interface MigrateOptions {
  /** Folder with the installation's own numbered migrations, run after the engine's in the default schema. */
  appMigrations?: string
  /** Default `engine`: all of it. */
  part?: MigratedPart
}

/** One migrator at a time, whoever starts it: "posthorn" as a number. */
const LOCK = 7_067_836_481
const LOCK_RETRY_MS = 100

/**
 * Brings the database to the schema of this version: forward only, one transaction a file where it does not say otherwise.
 * @throws Error when an applied file was edited since, or the database is newer than this program.
 */
export async function migrate(url: string, options: MigrateOptions = {}): Promise<{ applied: string[] }> {
  const client = new pg.Client({ connectionString: url, application_name: 'posthorn-migrate' })
  await client.connect()
  try {
    await lock(client)
    await keepOurSchemaToOurselves(client)
    await prepare(client)
    const state = await inspectMigrations(client, options.appMigrations, options.part)
    assertForward(state)
    for (const migration of state.pending) await apply(client, migration)
    return { applied: state.pending.map(({ name }) => name) }
  } finally {
    await client.end()
  }
}

/** Asks again and again: a statement that waits would be a transaction that an index, built meanwhile, has to wait for. */
async function lock(client: pg.Client): Promise<void> {
  for (;;) {
    const { rows } = await client.query<{ locked: boolean }>('select pg_try_advisory_lock($1) as locked', [LOCK])
    if (rows[0]?.locked === true) return
    await delay(LOCK_RETRY_MS)
  }
}

/**
 * To a role of our schema's name, Postgres' default search path (`"$user", public`) would offer our schema for the tables of the
 * installation. Such a role gets `public` for its default, unless somebody has chosen a path.
 */
async function keepOurSchemaToOurselves(client: pg.Client): Promise<void> {
  const { rowCount } = await client.query(
    `select from pg_settings where name = 'search_path' and source = 'default' and current_user = 'posthorn'`,
  )
  if (rowCount === 0) return
  const database = pg.escapeIdentifier(client.database ?? '')
  await client.query(`alter role posthorn in database ${database} set search_path = public`)
  await client.query('set search_path = public')
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

function assertForward({ edited, unknown }: MigrationState): void {
  if (edited.length > 0) {
    throw new Error(`Migration ${edited[0]} was edited after it ran. Restore the file and add a new migration.`)
  }
  if (unknown.length > 0) {
    throw new Error(
      `The database holds migration ${unknown[0]}, which this version does not know. Run the newer Posthorn.`,
    )
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  const { name, scope, steps } = migration
  if (steps !== undefined) return applySteps(client, migration, steps)
  await client.query('begin')
  try {
    await client.query("set local lock_timeout = '5s'")
    if (scope === 'engine') await client.query('set local search_path = posthorn')
    await client.query(migration.sql)
    await recordApplied(client, migration)
    await client.query('commit')
  } catch (cause) {
    await client.query('rollback')
    throw new Error(`Migration ${name} failed; nothing of it was kept.`, { cause })
  }
}

/** What fails halfway is run again from its first step: such a migration is written so that it may be. */
async function applySteps(client: pg.Client, migration: Migration, steps: readonly string[]): Promise<void> {
  try {
    for (const step of steps) await client.query(step)
    await recordApplied(client, migration)
  } catch (cause) {
    throw new Error(`Migration ${migration.name} failed, and may have been done in part. Run it again.`, { cause })
  }
}

async function recordApplied(client: pg.Client, { name, scope, checksum }: Migration): Promise<void> {
  const values = [scope, name.slice(scope.length + 1), checksum]
  await client.query('insert into posthorn.migrations (scope, name, checksum) values ($1, $2, $3)', values)
}
