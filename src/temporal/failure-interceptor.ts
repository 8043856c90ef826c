import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { parseEventWorkflowId } from '../domain/workflow-id.ts'
import type { FailedTry } from '../storage/run-failures.ts'
import type { EngineActivities } from './engine-activities.ts'

/** An outcome that cannot be written is a failure of ours, not of the event's handler. */
const BOOKKEEPING = 'posthornRecordOutcome' satisfies keyof EngineActivities

/**
 * Tells of each try of an event's activity that fails, as Temporal will hear of it: put it before the interceptors that translate
 * failures. A cancellation is no failure: the worker stops, or the run has been ended.
 */
export function createFailureInterceptors(record: (failed: FailedTry) => void): ActivityInterceptorsFactory {
  return ({ info }) => {
    const run = parseEventWorkflowId(info.workflowExecution?.workflowId ?? '')
    if (run === undefined || info.activityType === BOOKKEEPING) return {}
    const { activityId, activityType: activity, attempt } = info
    return {
      inbound: {
        async execute(input, next) {
          try {
            return await next(input)
          } catch (error) {
            if (error instanceof Error && !(error instanceof CancelledFailure)) {
              const code = (error instanceof ApplicationFailure ? error.type : undefined) ?? error.name
              record({ run, activityId, activity, try: attempt, code, message: error.message })
            }
            throw error
          }
        },
      },
    }
  }
}
