import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export type HaltReason = 'route_table' | 'namespace' | 'permission'

/** Conditions under which nothing can be dispatched until a person mends something. Each is an alarm: a gauge and an error line. */
export interface Halt {
  /** True while claiming would be futile; now and then false, so that a mended condition is noticed. */
  readonly active: boolean
  raise(reason: HaltReason, message: string): void
  clear(reason: HaltReason): void
}

const TRY_AGAIN_AFTER_MS = 5_000

export function createHalt({ metrics, logger }: { metrics: Metrics; logger: Logger }): Halt {
  const raised = new Set<HaltReason>()
  let until = 0
  return {
    get active() {
      return performance.now() < until
    },
    raise(reason, message) {
      until = performance.now() + TRY_AGAIN_AFTER_MS
      if (raised.has(reason)) return
      raised.add(reason)
      metrics.dispatchHalted.set({ reason }, 1)
      logger.error({ reason, error: message }, 'dispatch.halted')
    },
    clear(reason) {
      if (!raised.delete(reason)) return
      metrics.dispatchHalted.set({ reason }, 0)
      logger.info({ reason }, 'dispatch.resumed')
    },
  }
}
