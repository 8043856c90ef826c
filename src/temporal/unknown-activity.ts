import { Context } from '@temporalio/activity'
import { permanent } from '../kit/failures.ts'

/** An open run asks for an activity that the deployed code has no more, or not yet. */
export class UnknownActivityError extends Error {
  override readonly name = 'UnknownActivityError'
  readonly code = 'unknown_activity'

  constructor(activity: string) {
    super(
      `This worker's code has no activity ${activity}. Deploy code that has it: the run then goes on, ` +
        'and once it is a dead letter, replay it.',
    )
  }
}

/**
 * Stands in for whatever activity a worker does not have. The SDK's own answer would pass by the interceptors, and be tried again for as
 * long as a run may last, without limit and without a trace.
 */
export function unknownActivity(): Promise<never> {
  const { activityType, isLocal } = Context.current().info
  const error = new UnknownActivityError(activityType)
  // A local one is asked for by workflow code of this very worker: no other will ever take it.
  return Promise.reject(isLocal ? permanent(error.code, error.message) : error)
}
