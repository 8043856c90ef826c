import { type Migration, isOfLedger, readMigrations } from './migration-files.ts'
import type { Executor } from './pool.ts'

export interface MigrationState {
  /** How many have run here. */
  applied: number
  /** In the order in which they must run. */
  pending: Migration[]
  /** Names of files that were changed after they ran. */
  edited: string[]
  /** Names that a newer version of this program has run. */
  unknown: string[]
}

/** Which of the engine's migrations a database needs: that of the activities, where it is another one, needs the ledger alone. */
export type MigratedPart = 'engine' | 'ledger'

/** Compares the migrations of this program with those that the database has had. Changes nothing. */
export async function inspectMigrations(
  executor: Executor,
  appMigrations: string | undefined,
  part: MigratedPart = 'engine',
): Promise<MigrationState> {
  const migrations = await readMigrations(appMigrations)
  const checksums = await appliedChecksums(executor, appMigrations !== undefined)
  const names = new Set(migrations.map(({ name }) => name))
  return {
    applied: checksums.size,
    pending: migrations.filter((one) => !checksums.has(one.name) && (part === 'engine' || isOfLedger(one))),
    edited: migrations
      .filter((one) => (checksums.get(one.name) ?? one.checksum) !== one.checksum)
      .map(({ name }) => name),
    unknown: [...checksums.keys()].filter((name) => !names.has(name)),
  }
}

async function appliedChecksums(executor: Executor, withApp: boolean): Promise<Map<string, string>> {
  const { rowCount } = await executor.query(`select 1 where to_regclass('posthorn.migrations') is not null`)
  if (rowCount === 0) return new Map()
  const { rows } = await executor.query<{ name: string; checksum: string }>(
    `select scope || '/' || name as name, checksum from posthorn.migrations where $1 or scope = 'engine'`,
    [withApp],
  )
  return new Map(rows.map(({ name, checksum }) => [name, checksum]))
}
