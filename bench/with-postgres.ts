import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '../src/stack/postgres.ts'
import type { Progress } from '../src/stack/progress.ts'
import { migrate } from '../src/storage/migrate.ts'
import { ensurePartitions } from '../src/storage/partitions.ts'
import { createPool } from '../src/storage/pool.ts'
import { createThrowawayDatabase } from '../src/storage/throwaway-database.ts'

/** Lends `work` a migrated, empty database: on the server of DATABASE_URL, else on a Postgres made for it, fsync and all. */
export async function withDatabase<T>(work: (databaseUrl: string) => Promise<T>, progress: Progress): Promise<T> {
  return withServer(async (serverUrl) => {
    const { url, drop } = await createThrowawayDatabase(serverUrl, `posthorn_bench_${randomBytes(4).toString('hex')}`)
    try {
      await migrate(url)
      const pool = createPool({ url, max: 1, name: 'posthorn-bench', onError: () => undefined })
      await ensurePartitions(pool).finally(() => pool.end())
      return await work(url)
    } finally {
      await drop()
    }
  }, progress)
}

async function withServer<T>(work: (serverUrl: string) => Promise<T>, progress: Progress): Promise<T> {
  const given = process.env['DATABASE_URL']
  if (given) return work(given)
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-bench-'))
  // As root, Postgres runs as another user, who has to get to its data.
  await chmod(directory, 0o755)
  const postgres = await startPostgres({ directory, port: 0, progress })
  try {
    return await work(postgres.url)
  } finally {
    await postgres.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
