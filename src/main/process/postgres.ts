import { CommandError } from '../../cli/exit-codes.ts'
import { type Pool, createPool } from '../../storage/pool.ts'
import { isNotMigrated, whyUnreachable } from '../../storage/unreachable.ts'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { maskUrl } from '../settings/setting-kinds.ts'
import type { Settings } from '../settings/settings-table.ts'

/** @throws ConfigurationError when DATABASE_URL is not set. */
export function databaseUrl(settings: Settings): string {
  if (settings.postgres.url !== undefined) return settings.postgres.url
  throw new ConfigurationError('There is no database.', [
    'Set DATABASE_URL to the Postgres to use, or run `posthorn dev`, which brings one.',
  ])
}

/** The database of the activities: where what they write stands, and the ledger of their effects beside it. */
export const userDatabaseUrl = (settings: Settings): string => settings.postgres.userUrl ?? databaseUrl(settings)

/**
 * Lends a small pool to `work` and ends it.
 * @throws CommandError when Postgres cannot be reached or holds no Posthorn.
 */
export async function withPool<T>(
  settings: Settings,
  work: (pool: Pool) => Promise<T>,
  url = databaseUrl(settings),
): Promise<T> {
  const pool = createPool({ url, max: 2, name: 'posthorn-cli', onError: () => undefined })
  try {
    return await work(pool)
  } catch (error) {
    throw explainPostgres(error, url)
  } finally {
    await pool.end()
  }
}

/** The same, with a pool for the database of the activities beside it. */
export const withBothPools = <T>(settings: Settings, work: (pool: Pool, userPool: Pool) => Promise<T>): Promise<T> =>
  withPool(settings, (pool) => withPool(settings, (userPool) => work(pool, userPool), userDatabaseUrl(settings)))

/** The error as a person needs it, where it is about the database as a whole; else the error itself. */
export function explainPostgres(error: unknown, url: string): unknown {
  const why = whyUnreachable(error)
  if (why !== undefined) {
    return new CommandError(
      'unreachable',
      `Postgres at ${maskUrl(url)} cannot be reached: ${why}. Start it, or set DATABASE_URL.`,
      error,
    )
  }
  if (isNotMigrated(error)) {
    return new CommandError('failed', `The database is not migrated: run \`posthorn migrate\`.`, error)
  }
  return error
}
