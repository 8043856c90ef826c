import { type Client, WorkflowFailedError, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client'
import { type ClosingOutcome, isOutcome } from '../domain/event.ts'
import { FAILURES, type FailureCode } from '../domain/failure-codes.ts'
import { describeFailure } from '../temporal/describe-failure.ts'

/** What Temporal says of a run. */
export type RunState = { is: 'closed'; outcome: ClosingOutcome } | ({ is: 'open' } & OpenRun) | { is: 'unknown' }

export interface OpenRun {
  /** Of a chain of runs under one workflow ID, the one that was looked at. */
  runId: string
  /** How many workflow tasks in a row have failed or timed out since the last one that did not. */
  failedTasks: number
}

const DEADLINE_MS = 5_000

const DEAD_STATUS: Readonly<Record<string, FailureCode>> = {
  FAILED: 'run_failed',
  TERMINATED: 'run_terminated',
  TIMED_OUT: 'run_timed_out',
  CANCELLED: 'run_cancelled',
}

/** Asks after a run, by its workflow ID. */
export async function askTemporal(client: Client, workflowId: string): Promise<RunState> {
  const handle = client.workflow.getHandle(workflowId)
  try {
    return await client.withDeadline(Date.now() + DEADLINE_MS, async () => {
      const { status, raw, runId } = await handle.describe()
      const code = DEAD_STATUS[status.name]
      if (code !== undefined) return { is: 'closed', outcome: await deadOutcome(handle, code) }
      if (status.name === 'COMPLETED') return { is: 'closed', outcome: toOutcome(await handle.result()) }
      // The task that is pending is the next try after those that failed.
      return { is: 'open', runId, failedTasks: (raw.pendingWorkflowTask?.attempt ?? 1) - 1 }
    })
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { is: 'unknown' }
    throw error
  }
}

const toOutcome = (result: unknown): ClosingOutcome =>
  isOutcome(result) ? result : { state: 'dead', code: 'run_failed', message: 'The run returned no outcome.' }

async function deadOutcome(handle: WorkflowHandle, code: FailureCode): Promise<ClosingOutcome> {
  const why = await handle.result().then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof WorkflowFailedError) return error.cause
      throw error
    },
  )
  if (code === 'run_failed' && why !== undefined) return describeFailure(why)
  if (code !== 'run_terminated' || why === undefined) return { state: 'dead', code, message: FAILURES[code] }
  // We ourselves, in a sweep that was cut off before it could record it.
  if (why.message.startsWith(FAILURES.run_stuck)) return { state: 'dead', code: 'run_stuck', message: why.message }
  return { state: 'dead', code, message: `${FAILURES[code]} ${why.message}` }
}

const LAST_EVENTS = 20

/** Why the latest workflow task of a run failed, as far as its history tells. */
export async function lastTaskFailure(client: Client, workflowId: string, runId: string): Promise<string> {
  const { history } = await client.withDeadline(Date.now() + DEADLINE_MS, () =>
    client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: LAST_EVENTS,
    }),
  )
  const failed = history?.events?.find((event) => event.workflowTaskFailedEventAttributes)
  const message = failed?.workflowTaskFailedEventAttributes?.failure?.message
  return message || 'Its workflow tasks time out: no worker brings one to its end.'
}
