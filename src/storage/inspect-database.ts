import type { MigrationState } from './inspect-migrations.ts'
import { inspectMigrations } from './inspect-migrations.ts'
import { partitionedDaysAhead } from './partitions.ts'
import type { Executor } from './pool.ts'
import { deployedRouteTable } from './route-tables.ts'

/** What a check of a running system needs to know of its database. */
export interface DatabaseReport {
  /** As Postgres counts: 180004 is 18.4. */
  version: number
  /** Settings without which a commit may not survive a crash, that are off. */
  unsafeSettings: string[]
  /** How far the database's clock is ahead of ours, in ms. */
  clockAheadMs: number
  migrations: MigrationState
  /** Days after today that have all their partitions; -1 when today itself has not. */
  daysAhead: number
  /** Undefined before the first deployment. */
  deployedRoutes: string | undefined
}

/** Reads the state of the database. `appMigrations` is the folder of the installation's own migrations. */
export async function inspectDatabase(executor: Executor, appMigrations: string | undefined): Promise<DatabaseReport> {
  const settings = await readSettings(executor)
  const migrations = await inspectMigrations(executor, appMigrations)
  const isMigrated = migrations.applied > 0
  return {
    ...settings,
    clockAheadMs: await measureClock(executor),
    migrations,
    daysAhead: isMigrated ? await partitionedDaysAhead(executor) : -1,
    deployedRoutes: isMigrated ? (await deployedRouteTable(executor))?.hash : undefined,
  }
}

async function readSettings(executor: Executor): Promise<Pick<DatabaseReport, 'version' | 'unsafeSettings'>> {
  const { rows } = await executor.query<{ version: number; unsafe: string[] }>(
    `select current_setting('server_version_num')::integer as version,
       array(select name from pg_settings
             where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off' order by name) as unsafe`,
  )
  const row = rows[0] as (typeof rows)[number]
  return { version: row.version, unsafeSettings: row.unsafe }
}

/** The database's clock against the middle of the round trip that asked for it. */
async function measureClock(executor: Executor): Promise<number> {
  const askedAt = Date.now()
  const { rows } = await executor.query<{ now: Date }>('select clock_timestamp() as now')
  return Math.round(Number(rows[0]?.now) - (askedAt + Date.now()) / 2)
}
