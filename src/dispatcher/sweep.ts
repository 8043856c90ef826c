import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import { type ClosingOutcome, isOutcome } from '../domain/event.ts'
import { FAILURES, type FailureCode } from '../domain/failure-codes.ts'
import { type DueRun, recoverLostRun, takeDueRuns } from '../storage/open-runs.ts'
import type { Pool } from '../storage/pool.ts'
import type { ClosedRun } from '../storage/runs.ts'
import type { Logger } from '../telemetry/logger.ts'

export interface SweepOptions {
  pool: Pool
  client: Client
  closeRun: (run: ClosedRun) => Promise<boolean>
  logger: Logger
  /** How often to look for runs that are due. Milliseconds. */
  everyMs: number
  /** The first interval between checks of one run; it doubles. Milliseconds. */
  checkEveryMs: number
}

const BATCH = 100
const DEADLINE_MS = 5_000

/**
 * Compares runs that have been open for long with Temporal: a run that was terminated, timed out or lost never reaches the
 * interceptor that records outcomes. Returns how to stop.
 */
export function startSweep(options: SweepOptions): () => Promise<void> {
  let sweeping: Promise<void> | undefined
  const timer = setInterval(() => {
    sweeping ??= sweep(options)
      .catch((error: unknown) => {
        options.logger.warn({ error: (error as Error).message }, 'sweep.failed')
      })
      .finally(() => (sweeping = undefined))
  }, options.everyMs)
  return async () => {
    clearInterval(timer)
    await sweeping
  }
}

/** Checks every run that is due now. */
export async function sweep(options: SweepOptions): Promise<void> {
  for (;;) {
    const runs = await takeDueRuns(options.pool, BATCH, options.checkEveryMs)
    for (const run of runs) await checkRun(options, run)
    if (runs.length < BATCH) return
  }
}

async function checkRun({ pool, client, closeRun, logger }: SweepOptions, run: DueRun): Promise<void> {
  const outcome = await askTemporal(client, run.workflowId)
  if (outcome === 'running') return
  const { key, handler, attempt } = run
  const fields = { source: run.event.source, eventId: run.event.eventId, handler, attempt, workflowId: run.workflowId }
  if (outcome === 'unknown') {
    logger.warn({ ...fields, result: await recoverLostRun(pool, run) }, 'run.lost')
    return
  }
  const closed = await closeRun({ key, handler, attempt, outcome })
  if (closed) logger.warn({ ...fields, outcome }, 'run.closed_by_sweep')
}

const DEAD_STATUS: Readonly<Record<string, FailureCode>> = {
  FAILED: 'run_failed',
  TERMINATED: 'run_terminated',
  TIMED_OUT: 'run_timed_out',
  CANCELLED: 'run_cancelled',
}

async function askTemporal(client: Client, workflowId: string): Promise<ClosingOutcome | 'running' | 'unknown'> {
  const handle = client.workflow.getHandle(workflowId)
  try {
    return await client.withDeadline(Date.now() + DEADLINE_MS, async () => {
      const { status } = await handle.describe()
      const code = DEAD_STATUS[status.name]
      if (code !== undefined) return { state: 'dead', code, message: FAILURES[code] }
      if (status.name !== 'COMPLETED') return 'running'
      const result: unknown = await handle.result()
      return isOutcome(result) ? result : { state: 'dead', code: 'run_failed', message: 'The run returned no outcome.' }
    })
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'unknown'
    throw error
  }
}
