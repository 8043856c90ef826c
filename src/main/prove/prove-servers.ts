import { randomBytes } from 'node:crypto'
import { realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from '../../cli/exit-codes.ts'
import { freePort } from '../../stack/free-port.ts'
import { startPostgres } from '../../stack/postgres.ts'
import { type Progress, silent } from '../../stack/progress.ts'
import { cliPlaces, findTemporalCli } from '../../stack/temporal-cli.ts'
import { startTemporal } from '../../stack/temporal-server.ts'
import { createThrowawayDatabase } from '../../storage/throwaway-database.ts'
import { SEARCH_ATTRIBUTES } from '../../temporal/search-attributes.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Environment } from '../settings.ts'
import { freezePostgres } from './freeze-postgres.ts'
import { type Mortal, type Running, createMortal } from './mortal.ts'

export interface ProveServers {
  databaseUrl: string
  /** How Temporal is reached: `TEMPORAL_*`. */
  temporal: Environment & { TEMPORAL_ADDRESS: string; TEMPORAL_NAMESPACE: string }
  /** What may be killed; undefined where the servers are somebody else's. */
  mortals: { postgres: Mortal; temporal: Mortal } | undefined
}

export interface ProveServersOptions {
  /** Empty, and ours alone. */
  directory: string
  /** The variables of this process. */
  given: Environment
  teardown: Teardown
  progress: Progress
}

/** A Postgres and a Temporal that nobody minds being killed. */
export async function startOwnServers(options: ProveServersOptions): Promise<ProveServers> {
  const { directory, given, teardown } = options
  // Of later starts nobody needs to hear.
  let progress = options.progress
  teardown.add('data', () => removeData(directory))
  const cli = await findTemporalCli(cliPlaces({ ...given }), { progress })
  const ports = { postgres: await freePort(0, ''), temporal: await freePort(0, ''), ui: await freePort(0, '') }
  let url = ''
  const [postgres, temporal] = await Promise.all([
    createMortal(async (): Promise<Running> => {
      const server = await startPostgres({ directory: join(directory, 'postgres'), port: ports.postgres, progress })
      url = server.url
      return { ...server, freeze: () => freezePostgres(server) }
    }).then((mortal) => kept(mortal, 'postgres', teardown)),
    createMortal(() =>
      startTemporal({
        cli,
        port: ports.temporal,
        uiPort: ports.ui,
        dbFilename: join(directory, 'temporal.db'),
        searchAttributes: Object.values(SEARCH_ATTRIBUTES),
      }),
    ).then((mortal) => kept(mortal, 'temporal', teardown)),
  ])
  progress = silent
  const database = await createThrowawayDatabase(url, 'posthorn_prove')
  return {
    databaseUrl: database.url,
    temporal: { TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`, TEMPORAL_NAMESPACE: 'default' },
    mortals: { postgres, temporal },
  }
}

function kept(mortal: Mortal, name: string, teardown: Teardown): Mortal {
  teardown.add(name, mortal.stop)
  return mortal
}

/** The data of Postgres may stand elsewhere, behind a link. */
async function removeData(directory: string): Promise<void> {
  const postgres = join(directory, 'postgres')
  for (const path of [await realpath(postgres).catch(() => postgres), postgres]) {
    await rm(path, { recursive: true, force: true })
  }
  for (const suffix of ['', '-shm', '-wal']) await rm(join(directory, `temporal.db${suffix}`), { force: true })
}

/**
 * A database and a namespace of their own on servers that were given.
 * @throws CommandError when one of the two is not named.
 */
export async function useGivenServers(cluster: Environment, teardown: Teardown): Promise<ProveServers> {
  const { DATABASE_URL: url, TEMPORAL_ADDRESS: address } = cluster
  if (!url || !address) {
    throw new CommandError('usage', 'The file after --against must name DATABASE_URL and TEMPORAL_ADDRESS.')
  }
  const name = `posthorn_prove_${randomBytes(4).toString('hex')}`
  const database = await createThrowawayDatabase(url, name)
  teardown.add('database', database.drop)
  const theirs = Object.entries(cluster).filter(([variable]) => variable.startsWith('TEMPORAL_'))
  return {
    databaseUrl: database.url,
    // The same seed makes the same events: in a namespace with runs of an earlier proof they would count as known.
    temporal: {
      ...Object.fromEntries(theirs),
      TEMPORAL_ADDRESS: address,
      TEMPORAL_NAMESPACE: name.replaceAll('_', '-'),
    },
    mortals: undefined,
  }
}
