import { ApplicationFailure } from '@temporalio/common'
import { CancellationScope } from '@temporalio/workflow'
import type { FailureCode } from '../domain/failure-codes.ts'

const NOT_UNDONE = 'not_undone' satisfies FailureCode

/** Remembers how a step that was taken is undone. */
export type Undo = (step: () => Promise<unknown>) => void

/**
 * Runs steps of which each can be undone. When one fails for good, or the run is cancelled, the steps that were taken are undone, the
 * last one first, and the failure goes on. One that cannot be undone does not keep the others from it, and the run says so.
 * @throws ApplicationFailure `not_undone`, with the failure that began it as its cause.
 */
export async function saga<T>(work: (undo: Undo) => Promise<T>): Promise<T> {
  const taken: (() => Promise<unknown>)[] = []
  try {
    return await work((step) => void taken.unshift(step))
  } catch (error) {
    const lasting = await CancellationScope.nonCancellable(() => countFailures(taken))
    if (lasting === 0 || !(error instanceof Error)) throw error
    const message = `${lasting} of ${taken.length} steps could not be undone after: ${error.message}`
    throw ApplicationFailure.create({ message, type: NOT_UNDONE, nonRetryable: true, cause: error })
  }
}

async function countFailures(steps: readonly (() => Promise<unknown>)[]): Promise<number> {
  let failures = 0
  for (const step of steps) await step().catch(() => (failures += 1))
  return failures
}
