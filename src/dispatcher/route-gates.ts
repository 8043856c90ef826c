import { heldHandlers, releaseHeldRuns } from '../storage/held-runs.ts'
import type { Pool } from '../storage/pool.ts'
import { liftOlderPauses, pauseFailingRoute, readRoutePauses } from '../storage/route-pauses.ts'
import type { ClosedRun } from '../storage/runs.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createRouteHealth } from './route-health.ts'

/** Which routes are paused; pauses those that fail too often, and brings back what waited for one that is resumed. */
export interface RouteGates {
  isPaused(handler: string): boolean
  /** A run was closed, for the first time. */
  onClosed(run: ClosedRun): void
  /** Looks what Postgres says. Returns how many runs came back to the queue. */
  refresh(): Promise<number>
}

export interface RouteGatesOptions {
  pool: Pool
  /** Names the code that runs: another one resumes what paused itself. */
  build: string
  /** More dead runs than this among the last ones pause their route; 100 never does. */
  deadPercent: number
  metrics: Metrics
  logger: Logger
}

const RELEASE_BATCH = 1_000

export function createRouteGates({ pool, build, deadPercent, metrics, logger }: RouteGatesOptions): RouteGates {
  const health = createRouteHealth(deadPercent)
  let paused: ReadonlySet<string> = new Set()
  /** Pauses that are being written. */
  const underWay = new Set<Promise<void>>()

  async function pause(handler: string, reason: string): Promise<void> {
    paused = new Set([...paused, handler])
    try {
      if (!(await pauseFailingRoute(pool, { handler, reason, build }))) return
      metrics.routePaused.set({ handler }, 1)
      logger.error({ handler, reason, build }, 'route.paused')
    } catch (error) {
      logger.warn({ handler, error: (error as Error).message }, 'route.pause_failed')
    }
  }

  function follow(current: ReadonlySet<string>): void {
    for (const handler of current) {
      health.forget(handler)
      metrics.routePaused.set({ handler }, 1)
      if (!paused.has(handler)) logger.warn({ handler }, 'route.pause_seen')
    }
    for (const handler of paused) {
      if (current.has(handler)) continue
      metrics.routePaused.set({ handler }, 0)
      logger.info({ handler }, 'route.resumed')
    }
    paused = current
  }

  /** Of each handler a batch at a time, so that looking never takes long. */
  async function bringBack(handlers: string[]): Promise<number> {
    let count = 0
    for (const handler of handlers) count += await releaseHeldRuns(pool, handler, RELEASE_BATCH)
    return count
  }

  return {
    isPaused: (handler) => paused.has(handler),
    onClosed(run) {
      const reason = health.note(run)
      if (reason === undefined) return
      const pausing = pause(run.handler, reason).then(() => void underWay.delete(pausing))
      underWay.add(pausing)
    },
    async refresh() {
      // What this process has paused itself is written before it is read, or comes later and is kept below.
      const before = paused
      await Promise.all(underWay)
      const pauses = await readRoutePauses(pool)
      const lifted = pauses.some(({ actor }) => actor === undefined) ? await liftOlderPauses(pool, build) : []
      const current = new Set(pauses.map(({ handler }) => handler).filter((handler) => !lifted.includes(handler)))
      // Paused while that was read, which cannot tell of it: the answer is too old to resume it.
      for (const handler of paused) if (!before.has(handler)) current.add(handler)
      follow(current)
      return bringBack((await heldHandlers(pool)).filter((handler) => !current.has(handler)))
    },
  }
}
