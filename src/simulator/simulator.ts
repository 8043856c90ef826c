import { setTimeout as delay } from 'node:timers/promises'
import { type ApiCall, type ApiServer, type Fault, startApiServer } from './api-server.ts'
import type { Hook } from './delivery.ts'
import { createGithubWorld } from './github/github-world.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createLoss, type LostChange } from './loss.ts'
import { createRandom } from './random.ts'
import { type SenderOptions, createSender } from './sender.ts'
import { createShopWorld } from './standard-webhooks/shop-world.ts'
import { createStripeWorld } from './stripe/stripe-world.ts'
import { createTeamConnectWorld } from './team-connect/team-connect-world.ts'
import { type TrafficOptions, traffic } from './traffic.ts'
import type { Change, World } from './world.ts'

export interface SimulatorOptions extends Pick<SenderOptions, 'retryGapsMs' | 'patienceMs'> {
  /** The same seed makes the same worlds, the same events and the same mishaps. */
  seed: string
  /** Default: those of `createWorlds`. */
  worlds?: readonly World[]
  /** What sources are configured with to read from the APIs, for all or by provider. */
  token: string | ((provider: string) => string)
  /** The port of the APIs. Default: any free one. */
  port?: number
  /** Asked before each authorised API call. */
  fault?: (call: ApiCall) => Fault | undefined
  /** Once in so many turns every webhook of a change gets lost. Default: never. */
  loseEvery?: number
}

export interface DriveOptions extends Pick<TrafficOptions, 'hooks' | 'events' | 'mishaps' | 'isOver'> {
  /** Requests a second, about. */
  perSecond: number
  /** So many come at once, and then none for as long as they would have taken. Default 1. */
  volley?: number
}

/** The outside worlds of all shipped providers: their APIs on HTTP, and their senders. */
export interface Simulator {
  api: ApiServer
  /** By provider name. */
  worlds: ReadonlyMap<string, World>
  ledger: Ledger
  readonly lost: readonly LostChange[]
  /** Lets `events` things happen and delivers what they cause; resolves when the last delivery is over, or soon after `stop`. */
  drive(options: DriveOptions): Promise<void>
  stop(): Promise<void>
}

/** One world of each kind, which share nothing but the seed. */
export function createWorlds(seed: string): World[] {
  const random = createRandom(seed)
  return [
    createGithubWorld(random.fork('github')),
    createStripeWorld(random.fork('stripe')),
    createTeamConnectWorld(random.fork('team-connect')),
    createShopWorld(random.fork('standard-webhooks')),
  ]
}

const CONCURRENCY = 16

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { seed, worlds = createWorlds(seed) } = options
  const ledger = createLedger()
  const sender = createSender({ ...options, ledger, concurrency: CONCURRENCY })
  const loss = createLoss(options.loseEvery)
  let known: readonly Hook[] = []
  let isStopped = false
  const resend = (world: World, change: Change): void => {
    const able = known.filter((hook) => hook.world === world && hook.isMute !== true)
    for (const hook of able) void sender.send({ hook, change, manner: 'repeated' })
  }
  const api = await startApiServer({ ...options, worlds, resend })
  return {
    api,
    worlds: new Map(worlds.map((world) => [world.provider.name, world])),
    ledger,
    lost: loss.lost,
    async drive({ hooks, perSecond, volley = 1, ...wanted }) {
      const startedAt = performance.now()
      let turns = 0
      known = hooks
      for (const delivery of traffic({ ...wanted, hooks, random: createRandom(`${seed}/traffic`) })) {
        // Before its turn is waited for: by now it has happened, and whoever stops us in between has to hear of it.
        const isLost = loss.takes(delivery)
        await delay(
          Math.max(0, startedAt + (Math.floor(turns / volley) * volley * 1000) / perSecond - performance.now()),
        )
        if (isStopped) break
        turns += 1
        if (!isLost) await sender.send(delivery)
      }
      await sender.drain()
    },
    async stop() {
      isStopped = true
      sender.stop()
      await api.stop()
    },
  }
}
