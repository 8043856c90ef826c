import { AsyncLocalStorage } from 'node:async_hooks'
import { defaultPayloadConverter } from '@temporalio/common'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { permanent } from '../kit/failures.ts'
import type { RunKey } from '../storage/runs.ts'
import { RUN_HEADER, type RunHeader } from './run-header.ts'

const scope = new AsyncLocalStorage<RunKey>()

/** Runs `work` on behalf of a run: what it awaits finds that run, too. */
export const inRun = <T>(run: RunKey, work: () => T): T => scope.run(run, work)

/**
 * The run on whose behalf this code runs.
 * @throws ApplicationFailure `effect_outside_run`, for good.
 */
export function currentRun(): RunKey {
  const run = scope.getStore()
  if (run !== undefined) return run
  throw permanent(
    'effect_outside_run',
    'Effects need an event: this is no activity that the workflow of an event called.',
  )
}

/** Reads the header that the workflow sent along. */
export const runScopeInterceptors: ActivityInterceptorsFactory = () => ({
  inbound: {
    execute(input, next) {
      const header = input.headers[RUN_HEADER]
      if (header === undefined) return next(input)
      return inRun(defaultPayloadConverter.fromPayload<RunHeader>(header), () => next(input))
    },
  },
})
