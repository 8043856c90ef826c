import { migrationLines } from '../../cli/migrate.ts'
import { noteRestored } from '../../storage/after-restore.ts'
import { type MigrateOptions, migrate } from '../../storage/migrate.ts'
import { ensurePartitions } from '../../storage/partitions.ts'
import type { PosthornConfig } from '../../kit/config.ts'
import { migrationsFolder } from '../installation/load-user-code.ts'
import { loadConfig } from '../load-config.ts'
import { operatorName } from '../process/operator.ts'
import { databaseUrl, explainPostgres, userDatabaseUrl, withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/**
 * `posthorn migrate`: brings the database to the schema of this version, and makes the partitions of the next days. Where the
 * activities have a database of their own, it gets the ledger and the installation's migrations. `restored`: the database was restored
 * to an earlier time: it must not count again what it counted before, and lacks the sources that were connected since.
 */
export async function runMigrate({ environment, output }: CommandContext, { restored = false } = {}): Promise<void> {
  const settings = readSettings(environment)
  const [url, userUrl] = [databaseUrl(settings), userDatabaseUrl(settings)]
  const loaded = await loadConfig(settings)
  const folder = migrationsFolder(loaded)
  const app = folder === undefined ? {} : { appMigrations: folder }
  const applied =
    userUrl === url
      ? await migrated(url, app)
      : [...(await migrated(url, {})), ...(await migrated(userUrl, { ...app, part: 'ledger' }))]
  await withPool(settings, ensurePartitions)
  if (!restored) return output.show({ applied }, migrationLines)
  const seen = await withPool(settings, (pool) =>
    noteRestored(pool, { sources: undated(loaded.config), actor: operatorName(settings) }),
  )
  output.show({ applied, ...seen }, migrationLines)
}

/** Sources whose configuration leaves it to the database since when they are connected. */
const undated = ({ sources }: PosthornConfig): string[] =>
  Object.keys(sources).filter((id) => sources[id]?.connectedAt === undefined)

async function migrated(url: string, options: MigrateOptions): Promise<string[]> {
  try {
    return (await migrate(url, options)).applied
  } catch (error) {
    throw explainPostgres(error, url)
  }
}
