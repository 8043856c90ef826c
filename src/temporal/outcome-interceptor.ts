import {
  CancellationScope,
  TemporalFailure,
  type WorkflowExecuteInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptorsFactory,
  type Next,
  proxyLocalActivities,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import { type ClosingOutcome, type EventRef, isEventRef, isOutcome } from '../domain/event.ts'
import { describeFailure } from './describe-failure.ts'
import type { EngineActivities } from './engine-activities.ts'
import { SEARCH_ATTRIBUTES } from './search-attributes.ts'

// No limit on attempts: an outcome that cannot be written waits for the database.
const { posthornRecordOutcome } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '100 milliseconds', maximumInterval: '10 seconds' },
})

/**
 * Records how a run closed, so that handlers hold no bookkeeping. Only what closes the run is recorded: continue-as-new and
 * failures of a workflow task pass through.
 */
class OutcomeInterceptor implements WorkflowInboundCallsInterceptor {
  async execute(input: WorkflowExecuteInput, next: Next<WorkflowInboundCallsInterceptor, 'execute'>): Promise<unknown> {
    const [event] = input.args
    if (!isEventRef(event)) return next(input)
    let outcome: unknown
    try {
      outcome = await next(input)
    } catch (error) {
      if (error instanceof TemporalFailure) await record(event, describeFailure(error))
      throw error
    }
    if (!isOutcome(outcome)) {
      // A bug of the handler, not of the event: the workflow task waits for the deploy that mends it.
      throw new Error(`${workflowInfo().workflowType} must return processed() or ignored(reason)`)
    }
    await record(event, outcome)
    return outcome
  }
}

async function record(event: EventRef, outcome: ClosingOutcome): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    // Runs that were started without search attributes are on a server that does not know them.
    if (workflowInfo().typedSearchAttributes.get(SEARCH_ATTRIBUTES.source) !== undefined) {
      upsertSearchAttributes([{ key: SEARCH_ATTRIBUTES.outcome, value: outcome.state }])
    }
    await posthornRecordOutcome(event, outcome)
  })
}

export const interceptors: WorkflowInterceptorsFactory = () => ({ inbound: [new OutcomeInterceptor()] })
