import type { FailureRecorder } from '../../dispatcher/failure-recorder.ts'
import { createActivityInterceptors } from '../../temporal/activity-interceptor.ts'
import type { EventWorkerOptions, WorkerSlots } from '../../temporal/event-worker.ts'
import { createFailureInterceptors } from '../../temporal/failure-interceptor.ts'
import { runScopeInterceptors } from '../../temporal/run-scope.ts'
import { createSlotShares } from '../../temporal/slot-shares.ts'
import type { EngineOptions } from '../engine.ts'

/** What stands around the activities of a worker: who failed, on whose behalf, in whose slots, and whether to try again. */
export function interceptorsOf(
  { sources, activities: { policies }, outageLimitMs }: EngineOptions,
  failures: FailureRecorder,
  { taskQueue, slots }: { taskQueue: string; slots: WorkerSlots },
): EventWorkerOptions['interceptors'] {
  const sharing = [...sources.values()].filter((source) => source.taskQueue === taskQueue)
  const shares = createSlotShares({ ...slots, sources: sharing.length })
  const rules = createActivityInterceptors({ policies, shares, outageLimitMs })
  return { activity: [createFailureInterceptors(failures.record), runScopeInterceptors, rules] }
}
