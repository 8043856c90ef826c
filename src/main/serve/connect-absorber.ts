import { Client, Connection } from '@temporalio/client'
import type { Keyring } from '../../sealing/keyring.ts'
import { createAbsorber } from '../../temporal/absorb-event.ts'
import { resolveTemporal } from '../../temporal/connection.ts'
import type { Environment } from '../settings.ts'
import type { Absorber } from './absorber.ts'

const CHECK_DEADLINE_MS = 1_500

/** The way of events into Temporal. It connects when it is used, and again whenever it has to. */
export function connectAbsorber(environment: Environment, keyring: Keyring): Absorber {
  const { connectionOptions, namespace } = resolveTemporal(environment)
  const connection = Connection.lazy({
    ...connectionOptions,
    // The default of two minutes would outlast the outage that it waits for.
    channelArgs: { 'grpc.max_reconnect_backoff_ms': 1_000 },
  })
  return {
    absorb: createAbsorber({ client: new Client({ connection, namespace }), keyring }),
    async isUp() {
      await connection.withDeadline(Date.now() + CHECK_DEADLINE_MS, () =>
        connection.workflowService.describeNamespace({ namespace }),
      )
      return true
    },
    close: () => connection.close(),
  }
}
