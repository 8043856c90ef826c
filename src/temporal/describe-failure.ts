import { ActivityFailure, ApplicationFailure, TimeoutFailure, isCancellation } from '@temporalio/workflow'
import type { DeadOutcome } from '../domain/event.ts'

/** The failure that closed a run, in our words. Runs in the sandbox, too. */
export function describeFailure(error: Error): DeadOutcome {
  if (isCancellation(error)) return { state: 'dead', code: 'run_cancelled', message: error.message }
  const cause = error instanceof ActivityFailure ? (error.cause ?? error) : error
  if (cause instanceof TimeoutFailure) return { state: 'dead', code: 'activity_timed_out', message: cause.message }
  const code = cause instanceof ApplicationFailure && cause.type ? cause.type : 'run_failed'
  return { state: 'dead', code, message: cause.message }
}
