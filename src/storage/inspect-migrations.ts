import { ENGINE_MIGRATIONS, type Migration, readMigrations } from './migrate.ts'
import type { Executor } from './pool.ts'

export interface MigrationState {
  applied: number
  /** Files that have not run here. */
  pending: string[]
  /** Files that were changed after they ran. */
  edited: string[]
  /** What a newer version of the program has run. */
  unknown: string[]
}

/** Compares the migrations of this program with those the database has had. Changes nothing. */
export async function inspectMigrations(executor: Executor, appMigrations?: string): Promise<MigrationState> {
  const migrations = await readMigrations('engine', ENGINE_MIGRATIONS)
  if (appMigrations !== undefined) migrations.push(...(await readMigrations('app', appMigrations)))
  const checksums = await appliedChecksums(executor, appMigrations !== undefined)
  const names = new Set(migrations.map(nameOf))
  return {
    applied: checksums.size,
    pending: migrations.map(nameOf).filter((name) => !checksums.has(name)),
    edited: migrations.filter((one) => (checksums.get(nameOf(one)) ?? one.checksum) !== one.checksum).map(nameOf),
    unknown: [...checksums.keys()].filter((name) => !names.has(name)),
  }
}

const nameOf = ({ scope, name }: Migration): string => `${scope}/${name}`

async function appliedChecksums(executor: Executor, withApp: boolean): Promise<Map<string, string>> {
  const { rowCount } = await executor.query(`select 1 where to_regclass('posthorn.migrations') is not null`)
  if (rowCount === 0) return new Map()
  const { rows } = await executor.query<{ scope: string; name: string; checksum: string }>(
    'select scope, name, checksum from posthorn.migrations where $1 or scope = $2',
    [withApp, 'engine'],
  )
  return new Map(rows.map(({ scope, name, checksum }) => [`${scope}/${name}`, checksum]))
}
