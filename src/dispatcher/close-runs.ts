import type { ClosingOutcome, EventRef } from '../domain/event.ts'
import { createGroupCommit } from '../storage/group-commit.ts'
import type { Pool } from '../storage/pool.ts'
import { type ClosedRun, closeRuns } from '../storage/runs.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface RunCloser {
  /** Resolves after COMMIT: true where this call closed the run, false where it had been closed before. */
  close(run: ClosedRun): Promise<boolean>
  /** The same for an outcome that a run reports of itself, with its line in the log. */
  record(event: EventRef, outcome: ClosingOutcome): Promise<void>
  drain(): Promise<void>
}

/** Closes runs in shared commits. */
export interface RunCloserOptions {
  pool: Pool
  /** Hears of every run that was closed here, once. */
  onClosed: (run: ClosedRun) => void
  metrics: Metrics
  logger: Logger
}

export function createRunCloser({ pool, onClosed, metrics, logger }: RunCloserOptions): RunCloser {
  const commits = createGroupCommit<ClosedRun, boolean>({
    flush: async (runs) => {
      const closed = await closeRuns(pool, runs)
      for (const [index, run] of runs.entries()) if (closed[index]) onClosed(run)
      return closed
    },
  })
  return {
    close: commits.add,
    drain: () => commits.drain(),
    async record(event, outcome) {
      const { key, handler, attempt, priority = 0, source, eventId, type: eventType } = event
      const first = await commits.add({ key, handler, attempt, outcome, priority })
      if (first) metrics.outcomes.inc({ source, handler, state: outcome.state })
      else metrics.lostWrites.inc()
      const durationMs = Date.now() - Date.parse(event.receivedAt)
      const fields = { source, eventId, eventType, handler, attempt, outcome, durationMs }
      if (!first) logger.info(fields, 'event.closed_before')
      else if (outcome.state === 'dead') logger.error(fields, 'event.dead')
      else logger.info(fields, 'event.processed')
    },
  }
}
