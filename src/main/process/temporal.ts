import type { Client, Connection } from '@temporalio/client'
import { CommandError } from '../../cli/exit-codes.ts'
import { type TemporalTarget, connectClient, resolveTemporal } from '../../temporal/connection.ts'
import { connectWorker } from '../../temporal/worker-connection.ts'
import { ConfigurationError } from '../settings/configuration-error.ts'
import type { Environment } from '../settings.ts'

export interface TemporalSession {
  client: Client
  connection: Connection
  namespace: string
}

/** @throws ConfigurationError when the `TEMPORAL_` variables or the profile they name cannot be used. */
export function temporalTarget(environment: Environment): TemporalTarget {
  try {
    return resolveTemporal(environment)
  } catch (error) {
    throw new ConfigurationError('The connection to Temporal is not right.', [(error as Error).message])
  }
}

/**
 * Lends a connection to `work` and closes it.
 * @throws CommandError when Temporal cannot be reached.
 */
export async function withTemporal<T>(
  target: TemporalTarget,
  work: (session: TemporalSession) => Promise<T>,
): Promise<T> {
  const { client, connection } = await reach(target, connectClient)
  try {
    return await work({ client, connection, namespace: target.namespace })
  } finally {
    await connection.close()
  }
}

/**
 * The connection of a worker process.
 * @throws CommandError when Temporal cannot be reached.
 */
export const reachForWorker = (target: TemporalTarget): ReturnType<typeof connectWorker> => reach(target, connectWorker)

async function reach<T>(target: TemporalTarget, connect: (target: TemporalTarget) => Promise<T>): Promise<T> {
  try {
    return await connect(target)
  } catch (error) {
    const sentence = `Temporal at ${target.address} cannot be reached. Start it, or set TEMPORAL_ADDRESS.`
    throw new CommandError('unreachable', sentence, error)
  }
}
