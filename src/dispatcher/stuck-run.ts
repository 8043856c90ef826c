import { type Client, WorkflowNotFoundError } from '@temporalio/client'
import type { DeadOutcome } from '../domain/event.ts'
import { FAILURES } from '../domain/failure-codes.ts'
import type { DueRun } from '../storage/open-runs.ts'
import type { Pool } from '../storage/pool.ts'
import { clearStuck, markStuck } from '../storage/stuck-runs.ts'
import type { Logger } from '../telemetry/logger.ts'
import { type OpenRun, lastTaskFailure } from './ask-temporal.ts'

/** When a run whose workflow tasks fail is stuck, and when it is given up. */
export interface StuckPolicy {
  /** So many failed workflow tasks in a row make a run stuck. */
  afterTasks: number
  /** A run that has been stuck for so long is given up. Milliseconds. */
  giveUpAfterMs: number
}

export interface StuckRunOptions {
  pool: Pool
  client: Client
  logger: Logger
  stuck: StuckPolicy
}

/**
 * Looks whether an open run is stuck, and says so in its row and in the log. Returns the outcome to record when the run had to be
 * given up; it is terminated by then.
 */
export async function checkOpenRun(
  { pool, client, logger, stuck }: StuckRunOptions,
  run: DueRun,
  open: OpenRun,
): Promise<DeadOutcome | undefined> {
  const { workflowId, event, handler, attempt } = run
  const fields = { source: event.source, eventId: event.eventId, handler, attempt, workflowId, ...open }
  switch (judge(run, open, stuck)) {
    case 'stuck':
      await markStuck(pool, run)
      logger.error(fields, 'run.stuck')
      return undefined
    case 'recovered':
      await clearStuck(pool, run)
      logger.info(fields, 'run.recovered')
      return undefined
    case 'hopeless':
      return terminate(client, workflowId, open)
    case 'unchanged':
      return undefined
  }
}

function judge({ stuckMs }: DueRun, { failedTasks }: OpenRun, policy: StuckPolicy) {
  const isFailing = failedTasks >= policy.afterTasks
  if (stuckMs === undefined) return isFailing ? 'stuck' : 'unchanged'
  if (!isFailing) return 'recovered'
  // A process that was started with the bug mended must give the runs that wait for it their time.
  return Math.min(stuckMs, performance.now()) >= policy.giveUpAfterMs ? 'hopeless' : 'unchanged'
}

/**
 * The end in Temporal comes before the record of it: a run that a deploy woke after it was given up would run its effects beside
 * those of its replay. Undefined when the run has ended by itself in the meantime.
 */
async function terminate(client: Client, workflowId: string, { runId }: OpenRun): Promise<DeadOutcome | undefined> {
  const message = `${FAILURES.run_stuck} ${await lastTaskFailure(client, workflowId, runId)}`
  try {
    await client.workflow.getHandle(workflowId, runId).terminate(message)
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined
    throw error
  }
  return { state: 'dead', code: 'run_stuck', message }
}
