import { ApplicationFailure } from '@temporalio/common'

/**
 * Ends the run as a dead letter with this code. A plain `Error` in workflow code would not: Temporal takes it for a bug and tries
 * the workflow task again until a deploy mends it.
 */
export function fail(code: string, message: string): never {
  throw ApplicationFailure.nonRetryable(message, code)
}
