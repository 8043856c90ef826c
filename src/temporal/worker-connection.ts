import { Client } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import type { TemporalTarget } from './connection.ts'

/** One native connection for the workers and the dispatcher of a process. */
export async function connectWorker(target: TemporalTarget): Promise<{ client: Client; connection: NativeConnection }> {
  const connection = await NativeConnection.connect(target.connectionOptions)
  return { connection, client: new Client({ connection, namespace: target.namespace }) }
}
