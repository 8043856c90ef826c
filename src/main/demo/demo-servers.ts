import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../../stack/free-port.ts'
import { startLocalStack } from '../../stack/local-stack.ts'
import type { Progress } from '../../stack/progress.ts'
import { cliPlaces } from '../../stack/temporal-cli.ts'
import { createThrowawayDatabase } from '../../storage/throwaway-database.ts'
import { SEARCH_ATTRIBUTES } from '../../temporal/search-attributes.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Environment } from '../settings.ts'
import type { Settings } from '../settings/settings-table.ts'

export interface DemoServers {
  databaseUrl: string
  /** How our processes reach them. */
  environment: Environment
  /** Undefined for a cluster that was given. */
  temporalUiUrl: string | undefined
}

export interface DemoServersOptions {
  directory: string
  /** Those of this process: what it names is used, the rest is started. */
  given: Environment
  settings: Settings
  teardown: Teardown
  progress: Progress
}

/** Postgres with an empty database, and Temporal with no runs: the same seed must not meet the events of an earlier run. */
export async function startDemoServers(options: DemoServersOptions): Promise<DemoServers> {
  const { directory, given, settings, teardown, progress } = options
  const temporalAddress = given['TEMPORAL_ADDRESS'] || undefined
  if (temporalAddress === undefined) await forgetRuns(directory)
  const stack = await startLocalStack({
    directory,
    databaseUrl: given['DATABASE_URL'] || undefined,
    temporalAddress,
    temporalCli: cliPlaces({ ...given }),
    ports: {
      postgres: await portNear(settings.stack.postgresPort),
      temporal: await portNear(settings.stack.temporalPort),
      temporalUi: await portNear(settings.stack.temporalUiPort),
    },
    searchAttributes: Object.values(SEARCH_ATTRIBUTES),
    progress,
  })
  teardown.add('stack', stack.stop)
  const name = `posthorn_demo_${randomBytes(4).toString('hex')}`
  const database = await createThrowawayDatabase(stack.databaseUrl, name)
  teardown.add('database', database.drop)
  const namespace = stack.temporalUiUrl === undefined ? (given['TEMPORAL_NAMESPACE'] ?? name) : 'default'
  return {
    databaseUrl: database.url,
    environment: { DATABASE_URL: database.url, TEMPORAL_ADDRESS: stack.temporalAddress, TEMPORAL_NAMESPACE: namespace },
    temporalUiUrl: stack.temporalUiUrl && `${stack.temporalUiUrl}/namespaces/${namespace}/workflows`,
  }
}

async function forgetRuns(directory: string): Promise<void> {
  for (const suffix of ['', '-shm', '-wal']) await rm(join(directory, `temporal.db${suffix}`), { force: true })
}

/** The usual port, so that addresses are what the documentation says; any free one where something listens there already. */
export const portNear = (usual: number): Promise<number> => freePort(usual, '').catch(() => freePort(0, ''))
