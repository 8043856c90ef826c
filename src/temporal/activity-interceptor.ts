import type { Context, Info } from '@temporalio/activity'
import { CancelledFailure, type Headers } from '@temporalio/common'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { parseEventWorkflowId } from '../domain/workflow-id.ts'
import type { AbsorbActivities } from './absorb-activities.ts'
import { ACTIVITY_POLICIES, type ActivityPolicy, type PolicyTable } from '../kit/activity-policy.ts'
import type { WaitActivities } from '../kit/wait-activities.ts'
import type { SlotShares } from './slot-shares.ts'
import { type Tries, onlyTry, remoteTries } from './activity-tries.ts'
import type { EngineActivities } from './engine-activities.ts'
import { createLocalTries } from './local-tries.ts'
import { exhausted, translate } from './next-attempt.ts'
import type { ReplayActivities } from './replay-activities.ts'

export interface ActivityRules {
  policies: PolicyTable
  shares: SlotShares
  /** How long an outage may keep an activity waiting. Milliseconds. */
  outageLimitMs: number
}

/** Their retries have no limit: outcomes, waits, acknowledged events and replays wait for the database, however long. */
const UNLIMITED: ReadonlySet<string> = new Set<
  keyof (EngineActivities & WaitActivities & AbsorbActivities & ReplayActivities)
>([
  'posthornAwaitEvent',
  'posthornAwaitApproval',
  'posthornRecordOutcome',
  'posthornAdmitAbsorbed',
  'posthornAdvanceReplay',
  'posthornCancelReplay',
])

/**
 * Turns what an activity throws into what Temporal should do about it: what is permanent fails at once, an outage is waited out
 * without consuming the tries, and everything else is tried as often as the policy says, with jitter.
 */
export function createActivityInterceptors({
  policies,
  shares,
  outageLimitMs,
}: ActivityRules): ActivityInterceptorsFactory {
  const localTries = createLocalTries()

  function triesOf(context: Context, policy: ActivityPolicy, headers: Headers): Tries {
    if (!context.info.isLocal) return remoteTries(context)
    return policy.place === 'local' ? localTries.of(context.info, headers) : onlyTry(context.info)
  }

  return (context) => {
    const { info } = context
    if (UNLIMITED.has(info.activityType)) return {}
    const policy = ACTIVITY_POLICIES[policies[info.activityType] ?? 'providerRead']
    return {
      inbound: {
        async execute(input, next) {
          const tries = triesOf(context, policy, input.headers)
          // Attempts whose worker died or that took too long never got as far as to be translated.
          if (tries.counted > policy.attempts) throw exhausted(tries)
          const source = policy.place === 'local' ? undefined : sourceOf(info)
          try {
            const result = await shares.run(source, info.isLocal, () => next(input))
            tries.forget()
            return result
          } catch (error) {
            if (error instanceof CancelledFailure) throw error
            throw translate(error, { info, policy, tries, outageLimitMs })
          }
        },
      },
    }
  }
}

/** Of the run, whatever the activity is given. */
const sourceOf = ({ workflowExecution }: Info): string | undefined =>
  parseEventWorkflowId(workflowExecution?.workflowId ?? '')?.source
