import { migrationLines } from '../../cli/migrate.ts'
import { migrate } from '../../storage/migrate.ts'
import { ensurePartitions } from '../../storage/partitions.ts'
import { migrationsFolder } from '../installation/load-user-code.ts'
import { loadConfig } from '../load-config.ts'
import { databaseUrl, explainPostgres, withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn migrate`: brings the database to the schema of this version, and makes the partitions of the next days. */
export async function runMigrate({ environment, output }: CommandContext): Promise<void> {
  const settings = readSettings(environment)
  const url = databaseUrl(settings)
  const appMigrations = migrationsFolder(await loadConfig(settings))
  const result = await migrate(url, { ...(appMigrations !== undefined && { appMigrations }) }).catch(
    (error: unknown) => {
      throw explainPostgres(error, url)
    },
  )
  await withPool(settings, ensurePartitions)
  output.show(result, migrationLines)
}
