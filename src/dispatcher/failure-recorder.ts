import { createGroupCommit } from '../storage/group-commit.ts'
import type { Pool } from '../storage/pool.ts'
import { type FailedTry, recordFailedTries } from '../storage/run-failures.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface FailureRecorder {
  /** Never waits and never throws: what went wrong must not go more wrong for being written down. */
  record(failed: FailedTry): void
  drain(): Promise<void>
}

const MAX_PENDING = 10_000

/** Keeps the failed tries of activities, in shared commits. What cannot be written is counted and given up. */
export function createFailureRecorder({
  pool,
  metrics,
  logger,
}: {
  pool: Pool
  metrics: Metrics
  logger: Logger
}): FailureRecorder {
  const commits = createGroupCommit<FailedTry, boolean>({
    flush: (tries) => recordFailedTries(pool, tries),
    // One at a time: two might each find the first failure of a run.
    maxInFlight: 1,
  })
  async function write(failed: FailedTry): Promise<void> {
    const { source, handler } = failed.run
    try {
      if (await commits.add(failed)) metrics.runsWithFailures.inc({ source, handler })
    } catch (error) {
      metrics.failuresDropped.inc()
      logger.debug({ source, handler, error: (error as Error).message }, 'failure.not_recorded')
    }
  }
  return {
    record(failed) {
      if (commits.pending < MAX_PENDING) void write(failed)
      else metrics.failuresDropped.inc()
    },
    drain: () => commits.drain(),
  }
}
