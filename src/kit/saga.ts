import { ApplicationFailure, TemporalFailure } from '@temporalio/common'
import { CancellationScope } from '@temporalio/workflow'
import type { FailureCode } from '../domain/failure-codes.ts'

const NOT_UNDONE = 'not_undone' satisfies FailureCode

/** Remembers how a step that was taken is undone. */
export type Undo = (step: () => Promise<unknown>) => void

/**
 * Runs steps of which each can be undone. When one fails for good, or the run is cancelled, the steps that were taken are undone, the
 * last one first, and the failure goes on. One that cannot be undone does not keep the others from it, and the run says so. An error
 * that is no failure of Temporal's is a bug of the code: nothing is undone, and the run waits for the deploy that mends it.
 * @throws ApplicationFailure `not_undone`, with the failure that began it as its cause.
 */
export async function saga<T>(work: (undo: Undo) => Promise<T>): Promise<T> {
  const taken: (() => Promise<unknown>)[] = []
  try {
    return await work((step) => void taken.unshift(step))
  } catch (error) {
    if (!(error instanceof TemporalFailure)) throw error
    const { steps, lasting } = await CancellationScope.nonCancellable(() => undoAll(taken))
    if (lasting === 0) throw error
    const message = `${lasting} of ${steps} steps could not be undone after: ${error.message}`
    throw ApplicationFailure.create({ message, type: NOT_UNDONE, nonRetryable: true, cause: error })
  }
}

/** Also what is registered meanwhile, by a branch of the work that nobody waits for any more. */
async function undoAll(taken: (() => Promise<unknown>)[]): Promise<{ steps: number; lasting: number }> {
  let [steps, lasting] = [0, 0]
  for (let step = taken.shift(); step !== undefined; step = taken.shift()) {
    steps += 1
    try {
      await step()
    } catch (error) {
      if (!(error instanceof TemporalFailure)) throw error
      lasting += 1
    }
  }
  return { steps, lasting }
}
