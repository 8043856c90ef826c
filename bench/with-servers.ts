import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalStack } from '../src/stack/local-stack.ts'
import { startPostgres } from '../src/stack/postgres.ts'
import type { Progress } from '../src/stack/progress.ts'
import { cliPlaces } from '../src/stack/temporal-cli.ts'
import { createThrowawayDatabase } from '../src/storage/throwaway-database.ts'
import { SEARCH_ATTRIBUTES } from '../src/temporal/search-attributes.ts'

/** How our processes reach what they need. */
export interface Servers {
  databaseUrl: string
  temporalAddress: string
  temporalNamespace: string
}

/** Lends `work` an empty database: on the server of DATABASE_URL, else on a Postgres made for it, with fsync as anywhere. */
export function withPostgres<T>(work: (databaseUrl: string) => Promise<T>, progress: Progress): Promise<T> {
  const given = process.env['DATABASE_URL']
  if (given) return withOwnDatabase(given, work)
  return withDirectory(async (directory) => {
    const postgres = await startPostgres({ directory, port: 0, progress })
    return withOwnDatabase(postgres.url, work).finally(postgres.stop)
  })
}

/** The same with Temporal beside it: the cluster of TEMPORAL_ADDRESS, else a development server. */
export function withStack<T>(work: (servers: Servers) => Promise<T>, progress: Progress): Promise<T> {
  return withDirectory(async (directory) => {
    const stack = await startLocalStack({
      directory,
      databaseUrl: process.env['DATABASE_URL'] || undefined,
      temporalAddress: process.env['TEMPORAL_ADDRESS'] || undefined,
      temporalCli: cliPlaces(process.env),
      ports: { postgres: 0, temporal: 0, temporalUi: 0 },
      searchAttributes: Object.values(SEARCH_ATTRIBUTES),
      progress,
    })
    const { databaseUrl: serverUrl, temporalAddress } = stack
    const temporalNamespace = process.env['TEMPORAL_NAMESPACE'] || 'default'
    return withOwnDatabase(serverUrl, (databaseUrl) =>
      work({ databaseUrl, temporalAddress, temporalNamespace }),
    ).finally(stack.stop)
  })
}

async function withOwnDatabase<T>(serverUrl: string, work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const { url, drop } = await createThrowawayDatabase(serverUrl, `posthorn_bench_${randomBytes(4).toString('hex')}`)
  return work(url).finally(drop)
}

async function withDirectory<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'posthorn-bench-'))
  // As root, Postgres runs as another user, who has to get to its data.
  await chmod(directory, 0o755)
  return work(directory).finally(() => rm(directory, { recursive: true, force: true }))
}
