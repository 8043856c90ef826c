import { setMaxListeners } from 'node:events'
import { Agent } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { type Delivery, isProviders, toRequest } from './delivery.ts'
import { isAcknowledged, type Ledger, type Sent } from './ledger.ts'
import { type Answer, post } from './post.ts'
import type { World } from './world.ts'

export interface SenderOptions {
  ledger: Pick<Ledger, 'record'>
  /** Deliveries under way at the same time at most. */
  concurrency: number
  /** The gaps between the attempts of a delivery. Default: as `quickRetries` says. */
  retryGapsMs?: (world: World) => readonly number[]
  /** How long a provider waits for an answer. Default: as long as the most patient of them. */
  patienceMs?: (world: World) => number | undefined
  clock?: () => Date
}

/** Delivers webhooks as the providers' senders do. */
export interface Sender {
  /** Resolves as soon as the delivery is under way, which waits while too many are. */
  send(delivery: Delivery): Promise<void>
  /** Resolves when every delivery is over: answered 2xx, refused for good, or given up. Rejects when one could not be made. */
  drain(): Promise<void>
  /** Breaks off what is under way, and sends nothing again. */
  stop(): void
}

/** What providers take minutes and hours for. */
export const quickRetries =
  ({ gapMs = 500, retries = 5 } = {}): ((world: Pick<World, 'redelivers'>) => readonly number[]) =>
  ({ redelivers }) =>
    redelivers ? Array<number>(retries).fill(gapMs) : []

export function createSender(options: SenderOptions): Sender {
  const { ledger, concurrency, retryGapsMs = quickRetries(), patienceMs, clock = () => new Date() } = options
  const agent = new Agent({ keepAlive: true })
  const underWay = new Set<Promise<void>>()
  const stopping = new AbortController()
  // Each delivery that is under way may listen.
  setMaxListeners(concurrency + 1, stopping.signal)
  let isStopped = false

  async function deliver(delivery: Delivery): Promise<void> {
    const { hook, change } = delivery
    const gaps = retryGapsMs(hook.world)
    const timeoutMs = patienceMs?.(hook.world)
    for (let attempt = 0; ; attempt += 1) {
      const { target, headers, body } = toRequest(delivery, clock())
      const startedAt = performance.now()
      const answer = await post({ agent, url: target, headers, body, ...(timeoutMs !== undefined && { timeoutMs }) })
      const ms = performance.now() - startedAt
      const gap = isRetried(delivery, answer) ? gaps[attempt] : undefined
      const willRetry = gap !== undefined && !isStopped
      ledger.record({ ...describe(delivery, answer), ms, willRetry })
      if (isProviders(delivery.manner)) hook.world.delivered?.(change, answer?.status, clock())
      if (!willRetry) return
      await delay(gap, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (isStopped) return
    }
  }

  return {
    async send(delivery) {
      while (underWay.size >= concurrency) await Promise.race(underWay)
      // One that fails stays under way, for whoever waits next to hear of it; until then nobody listens.
      const task: Promise<void> = deliver(delivery).then(() => void underWay.delete(task))
      task.catch(() => undefined)
      underWay.add(task)
    },
    async drain() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    stop() {
      isStopped = true
      stopping.abort()
      agent.destroy()
    },
  }
}

/** A provider that redelivers does so after anything but a success; forgers do not come back. */
const isRetried = ({ manner }: Delivery, answer: Answer | undefined): boolean =>
  isProviders(manner) && !isAcknowledged({ status: answer?.status })

function describe({ hook, change, manner }: Delivery, answer: Answer | undefined): Omit<Sent, 'ms' | 'willRetry'> {
  const body = answer?.json as { duplicate?: unknown; error?: { code?: unknown } } | undefined
  return {
    source: hook.source,
    eventId: change.eventId,
    manner,
    status: answer?.status,
    duplicate: hook.world.provider.acknowledgement === undefined ? body?.duplicate === true : undefined,
    ...(typeof body?.error?.code === 'string' && { code: body.error.code }),
  }
}
