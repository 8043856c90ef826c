import { setTimeout as delay } from 'node:timers/promises'
import { type ApiCall, type ApiServer, type Fault, startApiServer } from './api-server.ts'
import type { Hook } from './delivery.ts'
import { createGithubWorld } from './github/github-world.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createLoss, type LostChange } from './loss.ts'
import { createRandom } from './random.ts'
import { createSender } from './sender.ts'
import { createShopWorld } from './standard-webhooks/shop-world.ts'
import { createStripeWorld } from './stripe/stripe-world.ts'
import { createTeamConnectWorld } from './team-connect/team-connect-world.ts'
import { traffic } from './traffic.ts'
import type { Change, World } from './world.ts'

export interface SimulatorOptions {
  /** The same seed makes the same worlds, the same events and the same mishaps. */
  seed: string
  /** The bearer token that is good for every API. */
  token: string
  /** Asked before each authorised API call. */
  fault?: (call: ApiCall) => Fault | undefined
  /** How long a provider waits before it sends again. Default 500. */
  retryAfterMs?: number
  /** Once in so many turns every webhook of a change gets lost. Default: never. */
  loseEvery?: number
}

export interface DriveOptions {
  hooks: readonly Hook[]
  events: number
  /** Requests a second, about. */
  perSecond: number
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
  const { seed } = options
  const worlds = createWorlds(seed)
  const ledger = createLedger()
  const sender = createSender({ ...options, ledger, concurrency: CONCURRENCY })
  const loss = createLoss(options.loseEvery)
  let known: readonly Hook[] = []
  let isStopped = false
  const resend = (world: World, change: Change): void => {
    for (const hook of known) if (hook.world === world) void sender.send({ hook, change, manner: 'repeated' })
  }
  const api = await startApiServer({ ...options, worlds, resend })
  return {
    api,
    worlds: new Map(worlds.map((world) => [world.provider.name, world])),
    ledger,
    lost: loss.lost,
    async drive({ hooks, events, perSecond }) {
      const startedAt = performance.now()
      let sent = 0
      known = hooks
      for (const delivery of traffic({ hooks, events, random: createRandom(`${seed}/traffic`) })) {
        await delay(Math.max(0, startedAt + (sent / perSecond) * 1000 - performance.now()))
        if (isStopped) break
        if (loss.takes(delivery)) continue
        await sender.send(delivery)
        sent += 1
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
