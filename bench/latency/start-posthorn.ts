import { randomBytes } from 'node:crypto'
import { createOutput } from '../../src/cli/output.ts'
import { runMigrate } from '../../src/main/commands/migrate.ts'
import { runSetup } from '../../src/main/commands/setup.ts'
import { freePort } from '../../src/stack/free-port.ts'
import { startCallsApi } from '../../test/chaos/calls-api.ts'
import { startPosthorn as startProcess } from '../../test/chaos/posthorn-process.ts'
import type { Servers } from '../with-servers.ts'

export interface RunningPosthorn {
  /** Of the Team-Connect source. */
  hookUrl: string
  secret: string
  stop(): Promise<void>
}

/** This repository's installation as an operator runs it, with a stand-in for the API that it reads calls from. */
export async function startPosthorn(servers: Servers): Promise<RunningPosthorn> {
  const api = await startCallsApi()
  const port = await freePort(0, 'The receiver')
  const secret = randomBytes(24).toString('hex')
  const environment = {
    DATABASE_URL: servers.databaseUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    TEMPORAL_NAMESPACE: servers.temporalNamespace,
    POSTHORN_PORT: String(port),
    TEAMCONNECT_WEBHOOK_SECRET: secret,
    TEAMCONNECT_API_TOKEN: 'token',
    TEAMCONNECT_API_URL: api.url,
    ...unusedSecrets(),
  }
  const context = { environment, output: createOutput({ json: true, write: () => undefined }) }
  await runMigrate(context)
  await runSetup(context)
  const processes = await Promise.all([startProcess('serve', environment), startProcess('work', environment)])
  return {
    hookUrl: `http://127.0.0.1:${port}/webhooks/team-connect`,
    secret,
    async stop() {
      await Promise.all(processes.map((process) => process.terminate()))
      api.close()
    },
  }
}

/** The configuration names sources that send nothing here. */
export function unusedSecrets(): Record<string, string> {
  const names = ['GITHUB_WEBHOOK_SECRET', 'GITHUB_API_TOKEN', 'STRIPE_WEBHOOK_SECRET', 'STRIPE_API_KEY']
  return {
    ...Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('hex')])),
    ORDERS_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
  }
}
