import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { DemoAddresses } from '../../cli/demo/demo-report.ts'
import type { Steps } from '../../cli/terminal/steps.ts'
import type { Hook } from '../../simulator/delivery.ts'
import { flaky } from '../../simulator/flaky.ts'
import { createRandom } from '../../simulator/random.ts'
import { type Simulator, startSimulator } from '../../simulator/simulator.ts'
import { type Pool, createPool } from '../../storage/pool.ts'
import { loadConfig } from '../load-config.ts'
import type { Teardown } from '../process/teardown.ts'
import { type Environment, readSettings } from '../settings.ts'
import type { Settings } from '../settings/settings-table.ts'
import { demoWorlds } from './demo-worlds.ts'
import { startDemoProcesses } from './demo-processes.ts'
import { portNear, startDemoServers } from './demo-servers.ts'
import type { Launched } from './launch.ts'
import { connectStandIns } from './stand-ins.ts'

export interface DemoStageOptions {
  seed: string
  /** The variables of this process. */
  given: Environment
  steps: Steps
  teardown: Teardown
}

/** Everything that a demonstration runs on, up and connected. */
export interface DemoStage extends Launched {
  simulator: Simulator
  hooks: Hook[]
  /** Sources that mirror. */
  mirrored: ReadonlySet<string>
  pool: Pool
  addresses: DemoAddresses
}

/** Every webhook of one event in so many never arrives. */
const LOSE_EVERY = 12
/** What takes minutes elsewhere: nobody wants to wait for the lists. */
const HASTE = { POSTHORN_RECONCILE_EVERY: '2s', POSTHORN_RECONCILE_SETTLE: '1s' }

const DIRECTORY = resolve('.posthorn', 'demo')

export async function setDemoStage({ seed, given, steps, teardown }: DemoStageOptions): Promise<DemoStage> {
  const own = withoutSettings(given)
  const settings = readSettings(own)
  const { config } = await loadConfig(settings)
  await mkdir(DIRECTORY, { recursive: true })
  const servers = await steps.run({
    name: 'Servers',
    work: (progress) => startDemoServers({ directory: DIRECTORY, given, settings, teardown, progress }),
    result: () => 'Postgres and Temporal are up',
  })
  const token = randomBytes(24).toString('base64url')
  const simulator = await steps.run({
    name: 'Providers',
    work: async () => {
      const [worlds, fault] = [await demoWorlds(config, seed), flaky(createRandom(`${seed}/faults`))]
      return startSimulator({ seed, worlds, token, loseEvery: LOSE_EVERY, fault })
    },
    result: ({ worlds, api }) => `stand-ins for ${[...worlds.keys()].join(', ')} at ${api.url}`,
  })
  teardown.add('simulator', simulator.stop)
  const ports = await portsOf(settings)
  const receiver = `http://127.0.0.1:${ports.POSTHORN_PORT}`
  const { hooks, environment } = connectStandIns({ config, simulator, token, receiverUrl: receiver })
  const { broken } = await steps.run({
    name: 'Posthorn',
    work: (progress) =>
      startDemoProcesses({
        environment: { ...own, ...environment, ...servers.environment, ...ports, ...HASTE },
        directory: DIRECTORY,
        teardown,
        progress,
      }),
    result: () => `receiver at ${receiver}, worker beside it`,
  })
  const pool = createPool({ url: servers.databaseUrl, max: 2, name: 'posthorn-demo', onError: () => undefined })
  teardown.add('pool', () => pool.end())
  const mirrored = new Set(Object.keys(config.sources).filter((id) => config.sources[id]?.mirror === true))
  const addresses = { receiver, temporalUi: servers.temporalUiUrl, simulator: simulator.api.url, logs: DIRECTORY }
  return { simulator, hooks, mirrored, pool, addresses, broken }
}

/** What was set for another run of Posthorn must not decide here, except where the configuration is. */
const withoutSettings = (given: Environment): Environment =>
  Object.fromEntries(
    Object.entries(given).filter(
      ([name]) => name === 'POSTHORN_CONFIG' || !/^(POSTHORN_|DATABASE_URL$|NODE_ENV$)/.test(name),
    ),
  )

async function portsOf({ receiver, metrics }: Settings) {
  const port = await portNear(receiver.port)
  return {
    POSTHORN_PORT: String(port),
    POSTHORN_PUBLIC_URL: `http://127.0.0.1:${port}`,
    POSTHORN_SERVE_METRICS_PORT: String(await portNear(metrics.servePort)),
    POSTHORN_WORK_METRICS_PORT: String(await portNear(metrics.workPort)),
    POSTHORN_TEMPORAL_METRICS_PORT: String(await portNear(metrics.temporalPort)),
  }
}
