import { join } from 'node:path'
import { startPostgres } from './postgres.ts'
import { silent, type Progress } from './progress.ts'
import { findTemporalCli, type CliPlaces } from './temporal-cli.ts'
import { startTemporal, type SearchAttribute } from './temporal-server.ts'

export interface LocalStackOptions {
  /** Where the data of both is kept. */
  directory: string
  /** A Postgres to use in place of one of our own. */
  databaseUrl?: string | undefined
  /** A Temporal cluster to use in place of a development server. */
  temporalAddress?: string | undefined
  temporalCli: CliPlaces
  /** 0 chooses a free one. */
  ports: { postgres: number; temporal: number; temporalUi: number }
  searchAttributes?: readonly SearchAttribute[]
  progress?: Progress
}

export interface LocalStack {
  databaseUrl: string
  temporalAddress: string
  /** Undefined for a cluster that was given: only its operator knows. */
  temporalUiUrl: string | undefined
  /** Stops what was started here. */
  stop(): Promise<void>
}

/** Postgres and Temporal, side by side. Throws when one of them cannot be had, and leaves nothing running. */
export async function startLocalStack(options: LocalStackOptions): Promise<LocalStack> {
  const [postgres, temporal] = await Promise.allSettled([givenOrOwnPostgres(options), givenOrOwnTemporal(options)])
  const stop = async (): Promise<void> => {
    const running = [postgres, temporal].filter((part) => part.status === 'fulfilled')
    await Promise.all(running.map((part) => part.value.stop()))
  }
  if (postgres.status === 'rejected' || temporal.status === 'rejected') {
    await stop()
    throw postgres.status === 'rejected' ? postgres.reason : (temporal as PromiseRejectedResult).reason
  }
  return {
    databaseUrl: postgres.value.url,
    temporalAddress: temporal.value.address,
    temporalUiUrl: temporal.value.uiUrl,
    stop,
  }
}

const nothingToStop = (): Promise<void> => Promise.resolve()

async function givenOrOwnPostgres(options: LocalStackOptions): Promise<{ url: string; stop(): Promise<void> }> {
  const { databaseUrl, directory, ports, progress = silent } = options
  if (databaseUrl !== undefined) return { url: databaseUrl, stop: nothingToStop }
  return startPostgres({ directory: join(directory, 'postgres'), port: ports.postgres, progress })
}

async function givenOrOwnTemporal(
  options: LocalStackOptions,
): Promise<{ address: string; uiUrl: string | undefined; stop(): Promise<void> }> {
  const { temporalAddress, directory, ports, searchAttributes = [], progress = silent } = options
  if (temporalAddress !== undefined) return { address: temporalAddress, uiUrl: undefined, stop: nothingToStop }
  return startTemporal({
    cli: await findTemporalCli(options.temporalCli, { progress }),
    port: ports.temporal,
    uiPort: ports.temporalUi,
    dbFilename: join(directory, 'temporal.db'),
    searchAttributes,
    progress,
  })
}
