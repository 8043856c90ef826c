import { randomUUID } from 'node:crypto'
import { ApiError } from '../providers/api.ts'
import { type Breaker, takeProbe } from '../storage/breakers.ts'
import type { Pool } from '../storage/pool.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type Pass, closedPass, probePass } from './breaker-passes.ts'
import { createBreakerView, isClosed } from './breaker-view.ts'
import { spread } from './waits.ts'

/** Stands before the API of every source. */
export interface BreakerGate {
  /** @throws ApiError while the source's API must be left alone; it says for how long. */
  assertMayTry(source: string): Promise<void>
  /** The same, and takes the probe where one is due. */
  enter(source: string): Promise<Pass>
}

/** Above the longest call but that of a file: an owner that is alive has spoken by then, and a later word changes nothing. */
const PROBE_DEADLINE_MS = 15_000
/** How long to stay away while somebody else probes. Milliseconds. */
const WHILE_PROBED_MS = 2_000

export function createBreakerGate({ pool, logger }: { pool: Pool; logger: Logger }): BreakerGate {
  const view = createBreakerView(pool)
  const parts = { pool, view, logger }

  /** The breaker whose probe is due; undefined while it is closed. */
  async function assertMayTry(source: string): Promise<Breaker | undefined> {
    const { breaker, ageMs } = await view.look(source)
    if (breaker === undefined || isClosed(breaker)) return undefined
    const waitMs = (breaker.tryInMs ?? 0) - ageMs
    if (waitMs <= 0) return breaker
    throw heldBack(source, breaker.state === 'half_open' ? Math.min(waitMs, WHILE_PROBED_MS) : waitMs)
  }

  return {
    async assertMayTry(source) {
      await assertMayTry(source)
    },
    async enter(source) {
      if ((await assertMayTry(source)) === undefined) return closedPass(parts, source)
      const owner = randomUUID()
      const failedProbes = await takeProbe(pool, { source, owner, deadlineMs: PROBE_DEADLINE_MS })
      if (failedProbes === undefined) throw heldBack(source, WHILE_PROBED_MS)
      logger.info({ source, failedProbes }, 'breaker.probing')
      return probePass(parts, { source, owner, failedProbes })
    },
  }
}

const heldBack = (source: string, waitMs: number): ApiError =>
  new ApiError(`The API of ${source} is out: it is left alone until a probe succeeds`, {
    code: 'provider_breaker_open',
    retryAfterMs: spread(waitMs),
  })
