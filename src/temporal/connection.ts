import { Client, Connection } from '@temporalio/client'
import { loadClientConnectConfig } from '@temporalio/envconfig'

/** Where Temporal is, by its own conventions: `TEMPORAL_*` variables over the configuration file. */
export interface TemporalTarget {
  connectionOptions: ReturnType<typeof loadClientConnectConfig>['connectionOptions']
  address: string
  namespace: string
}

export function resolveTemporal(env: Readonly<Record<string, string | undefined>>): TemporalTarget {
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars })
  // envconfig reads the namespace, but passes it to nobody.
  return {
    connectionOptions,
    address: connectionOptions.address ?? 'localhost:7233',
    namespace: namespace ?? 'default',
  }
}

/**
 * A client for set-up, checks and replay.
 * @throws Error when the server cannot be reached within 5 s.
 */
export async function connectClient(target: TemporalTarget): Promise<{ client: Client; connection: Connection }> {
  const connection = await Connection.connect({ ...target.connectionOptions, connectTimeout: 5_000 })
  return { connection, client: new Client({ connection, namespace: target.namespace }) }
}
