import { ApplicationFailure } from '@temporalio/common'
import type { ActivityInterceptorsFactory } from '@temporalio/worker'
import { ACTIVITY_POLICIES, type PolicyTable } from '../kit/activity-policy.ts'
import { ApiError } from '../providers/api.ts'

/**
 * Turns what an activity throws into what Temporal should do about it: what is permanent fails at once, an outage is waited out
 * without consuming the attempts, and everything else is tried as often as the policy says, with jitter.
 */
export function createActivityInterceptors(policies: PolicyTable): ActivityInterceptorsFactory {
  return ({ info }) => {
    const policy = ACTIVITY_POLICIES[policies[info.activityType] ?? 'providerRead']
    return {
      inbound: {
        async execute(input, next) {
          try {
            return await next(input)
          } catch (error) {
            throw translate(error, { attempt: info.attempt, ...policy })
          }
        },
      },
    }
  }
}

interface Try {
  attempt: number
  attempts: number
  initialMs: number
  maximumMs: number
}

function translate(error: unknown, current: Try): unknown {
  if (error instanceof ApiError) return fromApi(error, current)
  if (error instanceof ApplicationFailure) return bounded(error, current)
  if (!(error instanceof Error)) return error
  return ApplicationFailure.create({
    message: error.message,
    type: error.name,
    cause: error,
    nonRetryable: isExhausted(current),
    nextRetryDelay: askedDelay(error) ?? jittered(current),
  })
}

function fromApi(error: ApiError, current: Try): ApplicationFailure {
  const failure = { message: error.message, type: codeOf(error), cause: error }
  return error.isOutage
    ? ApplicationFailure.create({ ...failure, nextRetryDelay: error.retryAfterMs ?? jittered(current) })
    : ApplicationFailure.create({ ...failure, nonRetryable: true })
}

function codeOf({ status }: ApiError): string {
  if (status === undefined) return 'provider_unreachable'
  if (status === 429) return 'provider_rate_limited'
  return status >= 500 ? 'provider_error' : `provider_refused_${status}`
}

/** A failure that names its own delay is waiting, not failing, and does not consume the attempts. */
function bounded(failure: ApplicationFailure, current: Try): ApplicationFailure {
  const isWaiting = failure.nextRetryDelay !== undefined && failure.nextRetryDelay !== null
  if (failure.nonRetryable || isWaiting || !isExhausted(current)) return failure
  const type = failure.type ?? 'attempts_exhausted'
  return ApplicationFailure.create({ message: failure.message, type, nonRetryable: true, cause: failure })
}

const isExhausted = ({ attempt, attempts }: Try): boolean => attempt >= attempts

function askedDelay(error: Error): number | undefined {
  const { retryAfterMs } = error as { retryAfterMs?: unknown }
  return typeof retryAfterMs === 'number' ? retryAfterMs : undefined
}

/** Exponential with equal jitter: half of the interval is certain, the other half is drawn. */
function jittered({ attempt, initialMs, maximumMs }: Try): number {
  const interval = Math.min(initialMs * 2 ** (attempt - 1), maximumMs)
  return interval / 2 + (Math.random() * interval) / 2
}
