import type { Context, Info } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { FAILURES } from '../domain/failure-codes.ts'
import { parseEventWorkflowId } from '../domain/workflow-id.ts'
import type { AbsorbActivities } from './absorb-activities.ts'
import { ACTIVITY_POLICIES, type ActivityPolicy, type PolicyTable } from '../kit/activity-policy.ts'
import type { WaitActivities } from '../kit/wait-activities.ts'
import type { SlotShares } from './slot-shares.ts'
import { type Trouble, troubleOf } from './activity-trouble.ts'
import { countedTry, noteWait, waitsBefore } from './activity-tries.ts'
import type { EngineActivities } from './engine-activities.ts'
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
export function createActivityInterceptors(rules: ActivityRules): ActivityInterceptorsFactory {
  /** Of local activities, which live in one process: by run and activity. */
  const localFailures = new Map<string, number>()

  return (context) => {
    const { info } = context
    if (UNLIMITED.has(info.activityType)) return {}
    const policy = ACTIVITY_POLICIES[rules.policies[info.activityType] ?? 'providerRead']
    const name = `${info.workflowExecution?.runId}/${info.activityId}`

    /** The number of the try that just failed. */
    function failedTry(): number {
      if (!info.isLocal) return countedTry(info)
      // It goes on as another activity, which counts for itself.
      if (policy.place !== 'local') return 1
      const failures = (localFailures.get(name) ?? 0) + 1
      localFailures.set(name, failures)
      return failures
    }

    function translate(error: unknown): unknown {
      if (error instanceof CancelledFailure) return error
      const trouble = troubleOf(error)
      if (trouble.kind === 'wait') return wait(context, trouble, { policy, limitMs: rules.outageLimitMs })
      const isLast = trouble.kind === 'permanent' || failedTry() >= policy.attempts
      if (isLast) localFailures.delete(name)
      return toFailure(trouble, { isLast, delayMs: trouble.delayMs ?? jittered(policy, countedTry(info)) })
    }

    return {
      inbound: {
        async execute(input, next) {
          // Attempts whose worker died or that took too long never got as far as to be translated.
          if (!info.isLocal && countedTry(info) > policy.attempts) throw exhausted()
          const source = policy.place === 'local' ? undefined : sourceOf(info)
          try {
            const result = await rules.shares.run(source, info.isLocal, () => next(input))
            localFailures.delete(name)
            return result
          } catch (error) {
            throw translate(error)
          }
        },
      },
    }
  }
}

/** Of the run, whatever the activity is given. */
const sourceOf = ({ workflowExecution }: Info): string | undefined =>
  parseEventWorkflowId(workflowExecution?.workflowId ?? '')?.source

const exhausted = (): ApplicationFailure =>
  ApplicationFailure.nonRetryable(FAILURES.attempts_exhausted, 'attempts_exhausted')

/** So many waits of a local activity stay inside the worker. */
const SHORT_LOCAL_WAITS = 5
/** From a minute on the SDK makes a timer of it, which holds nothing. */
const LONG_LOCAL_WAIT_MS = 61_000

function wait(
  context: Context,
  trouble: Trouble,
  rules: { policy: ActivityPolicy; limitMs: number },
): ApplicationFailure {
  const { info } = context
  const waits = info.isLocal ? info.attempt - 1 : waitsBefore(info)
  const isLong = info.isLocal && waits >= SHORT_LOCAL_WAITS
  const delayMs = trouble.delayMs ?? jittered(rules.policy, waits + 1) + (isLong ? LONG_LOCAL_WAIT_MS : 0)
  const waitedMs = Date.now() - info.scheduledTimestampMs
  if (waitedMs + delayMs >= rules.limitMs) {
    return ApplicationFailure.create({
      message: `${FAILURES.outage_outlasted} The last error was ${trouble.code}: ${trouble.message}`,
      type: 'outage_outlasted',
      nonRetryable: true,
      ...(trouble.cause && { cause: trouble.cause }),
    })
  }
  if (!info.isLocal) noteWait(context)
  return toFailure(trouble, { isLast: false, delayMs })
}

const toFailure = (trouble: Trouble, next: { isLast: boolean; delayMs: number }): ApplicationFailure =>
  ApplicationFailure.create({
    message: trouble.message,
    type: trouble.code,
    nonRetryable: next.isLast,
    ...(trouble.cause && { cause: trouble.cause }),
    ...(trouble.details && { details: trouble.details }),
    ...(!next.isLast && { nextRetryDelay: Math.ceil(next.delayMs) }),
  })

/** Exponential with equal jitter: half of the interval is certain, the other half is drawn. */
function jittered({ initialMs, maximumMs }: ActivityPolicy, nth: number): number {
  const interval = Math.min(initialMs * 2 ** (nth - 1), maximumMs)
  return interval / 2 + (Math.random() * interval) / 2
}
