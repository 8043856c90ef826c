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
  /** What providers take minutes for. Default 500. */
  retryAfterMs?: number
  /** How often a delivery is tried at most. Default 6. */
  tries?: number
  /** Whether a provider sends again what was not acknowledged. Default: as its world says. */
  redelivers?: (world: World) => boolean
  clock?: () => Date
}

/** Delivers webhooks as the providers' senders do. */
export interface Sender {
  /** Resolves as soon as the delivery is under way, which waits while too many are. */
  send(delivery: Delivery): Promise<void>
  /** Resolves when every delivery is over: answered 2xx, refused for good, or given up. */
  drain(): Promise<void>
  /** Breaks off what is under way, and sends nothing again. */
  stop(): void
}

const TRIES = 6

export function createSender(options: SenderOptions): Sender {
  const { ledger, concurrency, retryAfterMs = 500, tries = TRIES, clock = () => new Date() } = options
  const { redelivers = (world: World) => world.redelivers } = options
  const agent = new Agent({ keepAlive: true })
  const underWay = new Set<Promise<void>>()
  let isStopped = false

  async function deliver(delivery: Delivery): Promise<void> {
    const { hook, change } = delivery
    for (let left = tries - 1; ; left -= 1) {
      const signed = toRequest(delivery, clock())
      const startedAt = performance.now()
      const answer = await post({ agent, url: hook.url, ...signed })
      const ms = performance.now() - startedAt
      const willRetry = left > 0 && !isStopped && redelivers(hook.world) && isRetried(delivery, answer)
      ledger.record({ ...describe(delivery, answer), ms, willRetry })
      if (isProviders(delivery.manner)) hook.world.delivered?.(change, answer?.status, clock())
      if (!willRetry) return
      await delay(retryAfterMs)
    }
  }

  return {
    async send(delivery) {
      while (underWay.size >= concurrency) await Promise.race(underWay)
      const task: Promise<void> = deliver(delivery).finally(() => underWay.delete(task))
      underWay.add(task)
    },
    async drain() {
      while (underWay.size > 0) await Promise.all(underWay)
    },
    stop() {
      isStopped = true
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
    duplicate: body?.duplicate === true,
    ...(typeof body?.error?.code === 'string' && { code: body.error.code }),
  }
}
