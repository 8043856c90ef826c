import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createOutput } from '../../cli/output.ts'
import type { LinkName } from '../../prove/fault-plan.ts'
import { freePort } from '../../stack/free-port.ts'
import type { Progress } from '../../stack/progress.ts'
import { type TcpProxy, createTcpProxy } from '../../stack/tcp-proxy.ts'
import { runMigrate } from '../commands/migrate.ts'
import { runSetup } from '../commands/setup.ts'
import { type LongCommand, startCommand } from '../process/start-command.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Environment } from '../settings.ts'
import { type Mortal, type Running, createMortal } from './mortal.ts'
import type { ProveServers } from './prove-servers.ts'

export interface ProveProcesses {
  receiver: Mortal
  worker: Mortal
}

export interface ProveProcessesOptions {
  /** What both processes get, beside the addresses of the servers. */
  environment: Environment
  servers: ProveServers
  /** Undefined: no proxy stands between processes and servers. */
  links: ReadonlyMap<LinkName, TcpProxy>
  /** Where their logs go. */
  directory: string
  teardown: Teardown
  progress: Progress
}

/** Prepares database and namespace, and runs receiver and worker by the commands of these names, as a supervisor would. */
export async function startProveProcesses(options: ProveProcessesOptions): Promise<ProveProcesses> {
  const { environment, servers, links, progress } = options
  const direct = { ...environment, DATABASE_URL: servers.databaseUrl, ...servers.temporal }
  const context = { environment: direct, output: createOutput({ json: true, write: () => undefined }) }
  progress('posthorn migrate')
  await runMigrate(context)
  progress('posthorn setup')
  await runSetup(context)
  progress('posthorn serve, posthorn work')
  const temporal = links.get('worker-temporal')
  const through = (link: LinkName): Environment => ({ DATABASE_URL: rerouted(servers.databaseUrl, links.get(link)) })
  const [receiver, worker] = await Promise.all([
    supervise(options, 'serve', { ...direct, ...through('receiver-postgres') }),
    supervise(options, 'work', {
      ...direct,
      ...through('worker-postgres'),
      ...(temporal !== undefined && { TEMPORAL_ADDRESS: `127.0.0.1:${temporal.port}` }),
    }),
  ])
  return { receiver, worker }
}

function rerouted(url: string, proxy: TcpProxy | undefined): string {
  if (proxy === undefined) return url
  const other = new URL(url)
  other.port = String(proxy.port)
  return other.href
}

async function supervise(
  { directory, teardown }: ProveProcessesOptions,
  command: LongCommand,
  environment: Environment,
): Promise<Mortal> {
  const logFile = join(directory, `${command}.log`)
  const log = createWriteStream(logFile)
  const onLine = (line: string): void => void log.write(`${line}\n`)
  const mortal = await createMortal(async (): Promise<Running> => {
    const child = await startCommand({ command, environment, logFile, onLine })
    await child.ready
    // By the time of the teardown nothing is left that an orderly end would be for.
    return { ...child, stop: child.kill }
  })
  teardown.add(command, async () => {
    await mortal.stop()
    log.end()
  })
  return mortal
}

/** Proxies before the servers of our own. */
export async function createLinks(
  { databaseUrl, temporal, mortals }: ProveServers,
  apiUrl: string,
  teardown: Teardown,
): Promise<Map<LinkName, TcpProxy>> {
  const links = new Map<LinkName, TcpProxy>()
  const add = async (name: LinkName, address: string): Promise<void> => {
    const { hostname: host, port } = new URL(address)
    const proxy = await createTcpProxy({ host, port: Number(port) })
    teardown.add(name, proxy.close)
    links.set(name, proxy)
  }
  await add('worker-api', apiUrl)
  if (mortals === undefined) return links
  await add('receiver-postgres', databaseUrl)
  await add('worker-postgres', databaseUrl)
  await add('worker-temporal', `tcp://${temporal.TEMPORAL_ADDRESS}`)
  return links
}

/** Ports that stay the same over a new start, or that nobody has to know. */
export async function ownPorts(): Promise<{ receiverUrl: string; environment: Environment }> {
  const port = await freePort(0, 'the receiver')
  const receiverUrl = `http://127.0.0.1:${port}`
  const environment = {
    POSTHORN_PORT: String(port),
    POSTHORN_PUBLIC_URL: receiverUrl,
    POSTHORN_SERVE_METRICS_PORT: '0',
    POSTHORN_WORK_METRICS_PORT: '0',
    POSTHORN_TEMPORAL_METRICS_PORT: String(await freePort(0, 'metrics of the Temporal SDK')),
  }
  return { receiverUrl, environment }
}
