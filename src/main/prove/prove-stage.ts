import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Steps } from '../../cli/terminal/steps.ts'
import type { PartName } from '../../prove/fault-plan.ts'
import { type Witness, createWitness } from '../../prove/witness.ts'
import { type ApiServer, startApiServer } from '../../simulator/api-server.ts'
import type { Hook } from '../../simulator/delivery.ts'
import { flaky } from '../../simulator/flaky.ts'
import { type Random, createRandom } from '../../simulator/random.ts'
import { type Sender, createSender, quickRetries } from '../../simulator/sender.ts'
import type { Change, World } from '../../simulator/world.ts'
import { createWorlds } from '../../simulator/simulator.ts'
import type { TcpProxy } from '../../stack/tcp-proxy.ts'
import { type Pool, createPool } from '../../storage/pool.ts'
import { connectStandIns } from '../demo/stand-ins.ts'
import { loadConfig } from '../load-config.ts'
import type { Teardown } from '../process/teardown.ts'
import { type Environment, readSettings } from '../settings.ts'
import type { Victims } from './disturb.ts'
import type { Mortal } from './mortal.ts'
import { isListed } from './settle.ts'
import { createLinks, ownPorts, startProveProcesses } from './prove-processes.ts'
import { type ProveServers, startOwnServers, useGivenServers } from './prove-servers.ts'

export interface ProveStageOptions {
  seed: string
  /** Empty; for data and logs. */
  directory: string
  /** The variables of this process. */
  given: Environment
  /** Those that name the cluster to use; undefined: servers of our own. */
  cluster: Environment | undefined
  steps: Steps
  teardown: Teardown
}

/** Everything that is put to the proof, up and connected. */
export interface ProveStage extends Victims {
  random: Random
  hooks: Hook[]
  sender: Sender
  witness: Witness
  /** Straight to Postgres, past everything that is disturbed. */
  pool: Pool
}

/** `.ts` in a checkout, `.js` in the package. */
const CONFIG = resolve(import.meta.dirname, `../../prove/installation/posthorn.config${import.meta.filename.slice(-3)}`)

/** Waiting shorter than by default, so that what a kill interrupts goes on soon. */
const IMPATIENCE: Environment = {
  POSTHORN_DISPATCH_LEASE: '5s',
  POSTHORN_CHECK_RUN_AFTER: '10s',
  POSTHORN_SWEEP_INTERVAL: '2s',
}

/** What happens at most at the same time: a burst is as wide as this. */
const CONCURRENCY = 64
/** Two minutes of them, half a second apart: longer than anything here is down. */
const retries = quickRetries({ retries: 239 })

/** A folder of this run alone. */
export async function makeProveDirectory(): Promise<string> {
  const directory = resolve('.posthorn', 'prove', randomBytes(4).toString('hex'))
  // As root, Postgres runs as another user, who has to get to its data.
  await mkdir(directory, { recursive: true, mode: 0o755 })
  return directory
}

export async function setProveStage(options: ProveStageOptions): Promise<ProveStage> {
  const { seed, directory, given, cluster, steps, teardown } = options
  const servers = await steps.run({
    name: 'Servers',
    work: (progress) =>
      cluster === undefined
        ? startOwnServers({ directory, given, teardown, progress })
        : useGivenServers(cluster, teardown),
    result: ({ mortals }) => (mortals === undefined ? 'those that were given' : 'Postgres and Temporal are up'),
  })
  const random = createRandom(seed)
  const providers = await startProviders(seed, random, teardown)
  const links = await createLinks(servers, providers.api.url, teardown)
  const { receiverUrl, environment: ports } = await ownPorts()
  const own: Environment = { ...withoutSettings(given), ...IMPATIENCE, ...ports, POSTHORN_CONFIG: CONFIG }
  const { config } = await loadConfig(readSettings(own))
  const { hooks, environment } = connectStandIns({
    config,
    simulator: { ...providers, api: behind(links.get('worker-api'), providers.api) },
    token: providers.token,
    receiverUrl,
  })
  const { receiver, worker } = await steps.run({
    name: 'Posthorn',
    work: (progress) =>
      startProveProcesses({ environment: { ...own, ...environment }, servers, links, directory, teardown, progress }),
    result: () => `receiver and worker are up; their logs are in ${directory}`,
  })
  const pool = createPool({ url: servers.databaseUrl, max: 2, name: 'posthorn-prove', onError: () => undefined })
  teardown.add('pool', () => pool.end())
  const parts = new Map<PartName, Mortal>([['receiver', receiver], ['worker', worker], ...serverParts(servers)])
  providers.hooks.push(...hooks)
  return { random, parts, links, pool, ...providers }
}

const serverParts = ({ mortals }: ProveServers): [PartName, Mortal][] =>
  mortals === undefined
    ? []
    : [
        ['postgres', mortals.postgres],
        ['temporal', mortals.temporal],
      ]

/** Worlds, their APIs and their senders. */
async function startProviders(seed: string, random: Random, teardown: Teardown) {
  const all = createWorlds(seed)
  const token = randomBytes(24).toString('base64url')
  const witness = createWitness()
  const sender = createSender({
    ledger: witness,
    concurrency: CONCURRENCY,
    // What no list tells later would be lost for good, at a real provider as here: a person sends it again.
    retryGapsMs: (world) => retries({ redelivers: world.redelivers || !isListed(world) }),
  })
  teardown.add('sender', () => Promise.resolve(sender.stop()))
  const hooks: Hook[] = []
  const resend = (world: World, change: Change): void => {
    for (const hook of hooks) if (hook.world === world) void sender.send({ hook, change, manner: 'repeated' })
  }
  const api = await startApiServer({ worlds: all, token, fault: flaky(random.fork('faults')), resend })
  teardown.add('providers', api.stop)
  return { hooks, worlds: new Map(all.map((world) => [world.provider.name, world])), api, token, witness, sender }
}

/** The same APIs, reached over a proxy. */
function behind(proxy: TcpProxy | undefined, api: ApiServer): ApiServer {
  if (proxy === undefined) return api
  const moved = new URL(api.url)
  moved.port = String(proxy.port)
  return { ...api, baseUrl: (provider) => api.baseUrl(provider).replace(api.url, moved.origin) }
}

/** What was set for another run of Posthorn must not decide here. */
const withoutSettings = (given: Environment): Environment =>
  Object.fromEntries(
    Object.entries(given).filter(([name]) => !/^(POSTHORN_|TEMPORAL_|DATABASE_URL$|NODE_ENV$)/.test(name)),
  )
