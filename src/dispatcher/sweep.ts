import type { Client } from '@temporalio/client'
import type { ClosingOutcome } from '../domain/event.ts'
import { type DueRun, noteChecked, recoverLostRun, takeDueRuns } from '../storage/open-runs.ts'
import { sweepLanes } from '../storage/lanes.ts'
import type { Pool } from '../storage/pool.ts'
import type { ClosedRun } from '../storage/runs.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { askTemporal } from './ask-temporal.ts'
import { type StuckPolicy, checkOpenRun } from './stuck-run.ts'
import { takeOnReplays } from './take-on-replays.ts'
import { wakeAnswered } from './wake-runs.ts'

export interface SweepOptions {
  pool: Pool
  client: Client
  closeRun: (run: ClosedRun) => Promise<boolean>
  metrics: Metrics
  logger: Logger
  stuck: StuckPolicy
  /** Where the engine's own workflows run. */
  systemTaskQueue: string
  /** How often to look for runs that are due. Milliseconds. */
  everyMs: number
  /** The first interval between checks of one run; it doubles. Milliseconds. */
  checkEveryMs: number
}

const BATCH = 100
/** So many failures in a row mean that Temporal, or Postgres, is away: the next sweep tries again. */
const FAILURES_IN_A_ROW = 3

/**
 * Compares runs that have been open for long with Temporal: a run that was terminated, timed out or lost never reaches the
 * interceptor that records outcomes. Returns how to stop.
 */
export function startSweep(options: SweepOptions): () => Promise<void> {
  let sweeping: Promise<void> | undefined
  const stopping = new AbortController()
  const timer = setInterval(() => {
    sweeping ??= sweep(options, stopping.signal)
      .catch((error: unknown) => {
        options.logger.warn({ error: (error as Error).message }, 'sweep.failed')
      })
      .finally(() => (sweeping = undefined))
  }, options.everyMs)
  return async () => {
    clearInterval(timer)
    stopping.abort()
    await sweeping
  }
}

/**
 * Lets go what has waited long enough in a lane, has replays taken on, tells runs what people answered, and checks every run that is due
 * now: some at a time, so that the rest has its turn while thousands are.
 */
export async function sweep(options: SweepOptions, stopping?: AbortSignal): Promise<void> {
  for (let isMore = true; isMore && stopping?.aborted !== true;) {
    await sweepLanes(options.pool)
    await takeOnReplays(options)
    await wakeAnswered(options)
    const runs = await takeDueRuns(options.pool, BATCH, options.checkEveryMs)
    isMore = (await checkRuns(options, runs, stopping)) && runs.length === BATCH
  }
}

/** False where it gave up. A run that cannot be checked does not keep the others from it. */
async function checkRuns(options: SweepOptions, runs: DueRun[], stopping?: AbortSignal): Promise<boolean> {
  const answered: DueRun[] = []
  let tried = 0
  let failures = 0
  for (const run of runs) {
    if (stopping?.aborted === true) break
    tried += 1
    try {
      await checkRun(options, run)
      answered.push(run)
      failures = 0
    } catch (error) {
      options.logger.warn({ ...fieldsOf(run), error: (error as Error).message }, 'run.unchecked')
      failures += 1
    }
    if (failures === FAILURES_IN_A_ROW) break
  }
  await noteChecked(options.pool, { answered, left: runs.slice(tried) })
  return failures < FAILURES_IN_A_ROW
}

async function checkRun(options: SweepOptions, run: DueRun): Promise<void> {
  const state = await askTemporal(options.client, run.workflowId)
  switch (state.is) {
    case 'closed':
      return closeRun(options, run, state.outcome)
    case 'unknown':
      return recover(options, run)
    case 'open': {
      const outcome = await checkOpenRun(options, run, state)
      return outcome === undefined ? undefined : closeRun(options, run, outcome)
    }
  }
}

async function recover({ pool, metrics, logger }: SweepOptions, run: DueRun): Promise<void> {
  const result = await recoverLostRun(pool, run)
  if (result !== 'closed') metrics.outcomes.inc({ source: run.event.source, handler: run.handler, state: 'dead' })
  logger.warn({ ...fieldsOf(run), result }, 'run.lost')
}

async function closeRun(options: SweepOptions, run: DueRun, outcome: ClosingOutcome): Promise<void> {
  const { key, handler, attempt, priority, event } = run
  if (!(await options.closeRun({ key, handler, attempt, outcome, priority }))) return
  options.metrics.outcomes.inc({ source: event.source, handler, state: outcome.state })
  options.logger.warn({ ...fieldsOf(run), outcome }, 'run.closed_by_sweep')
}

const fieldsOf = ({ event, handler, attempt, workflowId }: DueRun) => ({
  source: event.source,
  eventId: event.eventId,
  handler,
  attempt,
  workflowId,
})
