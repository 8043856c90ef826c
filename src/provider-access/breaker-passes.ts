import type { ApiError } from '../providers/api.ts'
import { closeBreaker, forgetOutages, recordOutage, reopenBreaker } from '../storage/breakers.ts'
import type { Pool } from '../storage/pool.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { BreakerView } from './breaker-view.ts'
import { afterProbe, probeInMs } from './waits.ts'

/** Leave to make one call, which ends with one of the two. */
export interface Pass {
  /** The provider spoke, whatever it said. */
  answered(): Promise<void>
  /** It did not, or asked to be left alone. Returns the error for the caller, who may have to wait longer than others. */
  out(error: ApiError): Promise<ApiError>
}

interface Parts {
  pool: Pool
  view: BreakerView
  logger: Logger
}

/** Outages in a row that open a breaker. */
const THRESHOLD = 5

/** While the breaker is closed. A healthy call costs no query. */
export function closedPass(parts: Parts, source: string): Pass {
  const beganAt = performance.now()
  return {
    async answered() {
      if ((parts.view.last(source)?.failures ?? 0) === 0) return
      await quietly(parts, source, () => forgetOutages(parts.pool, source))
    },
    async out(error) {
      const outage = { source, error: error.message, probeInMs: probeInMs(error, 0) }
      const sinceMs = performance.now() - beganAt
      await quietly(parts, source, async () => {
        if (await recordOutage(parts.pool, { ...outage, sinceMs }, THRESHOLD))
          parts.logger.error(outage, 'breaker.opened')
      })
      return error
    },
  }
}

/** Of the one that probes. */
export const probePass = (parts: Parts, probe: { source: string; owner: string; failedProbes: number }): Pass => {
  const { source, owner } = probe
  return {
    async answered() {
      await quietly(parts, source, async () => {
        const closed = await closeBreaker(parts.pool, source, owner)
        if (closed) parts.logger.info({ source, failedProbes: probe.failedProbes }, 'breaker.closed')
      })
    },
    async out(error) {
      const failedProbes = probe.failedProbes + 1
      const outage = { source, error: error.message, probeInMs: probeInMs(error, failedProbes) }
      await quietly(parts, source, async () => {
        const reopened = await reopenBreaker(parts.pool, outage, owner)
        if (reopened) parts.logger.warn({ ...outage, failedProbes }, 'breaker.probe_failed')
      })
      return afterProbe(error, outage.probeInMs)
    },
  }
}

/** A breaker that cannot be written must not hide what the provider said: its state is mended by the next call. */
async function quietly({ view, logger }: Parts, source: string, transition: () => Promise<void>): Promise<void> {
  try {
    await transition()
    await view.read()
  } catch (error) {
    logger.warn({ source, error: (error as Error).message }, 'breaker.not_recorded')
  }
}
