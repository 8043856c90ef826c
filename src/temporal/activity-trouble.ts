import { ApplicationFailure } from '@temporalio/common'
import { msOptionalToNumber } from '@temporalio/common/lib/time.js'
import { ApiError } from '../providers/api.ts'
import { PayloadGoneError } from '../storage/stored-event.ts'
import { isOutage } from '../storage/unreachable.ts'
import { SlotsTakenError } from './slot-shares.ts'
import { UnknownActivityError } from './unknown-activity.ts'

/** What an activity threw, as far as retries go. */
export interface Trouble {
  /**
   * `wait`: nothing is wrong with the event, so no try is used up. `failure`: a try is used up. `permanent`: another try cannot help.
   */
  kind: 'wait' | 'failure' | 'permanent'
  /** Stable: dead letters are grouped by it. */
  code: string
  message: string
  /** When to try again, where the other side says so. Milliseconds. */
  delayMs?: number
  /** Nobody outside is to blame for the wait: one that outlasts the limit keeps its own code. */
  isOurs?: true
  cause?: Error
  /** What user code wants to be seen in Temporal. */
  details?: unknown[]
}

export function troubleOf(error: unknown): Trouble {
  if (error instanceof ApiError) return ofApi(error)
  if (error instanceof ApplicationFailure) return ofFailure(error)
  if (error instanceof PayloadGoneError) return { kind: 'permanent', code: error.code, message: error.message }
  if (error instanceof SlotsTakenError) {
    return { kind: 'wait', code: error.code, message: error.message, delayMs: error.retryAfterMs }
  }
  // In a rolling deployment a worker of before takes what only the new ones have: the next attempt may meet one of those.
  if (error instanceof UnknownActivityError) {
    return { kind: 'wait', code: error.code, message: error.message, isOurs: true }
  }
  if (!(error instanceof Error)) return { kind: 'failure', code: 'run_failed', message: String(error) }
  if (isOutage(error)) {
    return { kind: 'wait', code: 'dependency_unreachable', message: messageOf(error), cause: error }
  }
  return { kind: 'failure', code: error.name, message: error.message, cause: error, ...askedDelay(error) }
}

function ofApi(error: ApiError): Trouble {
  const { code, message, isOutage } = error
  return { kind: isOutage ? 'wait' : 'permanent', code, message, cause: error, ...askedDelay(error) }
}

/** A failure that names its own delay is waiting, not failing. */
function ofFailure(failure: ApplicationFailure): Trouble {
  const { type, message, cause, details, nonRetryable } = failure
  const trouble = { code: type ?? 'run_failed', message, ...(cause && { cause }), ...(details && { details }) }
  if (nonRetryable === true) return { ...trouble, kind: 'permanent' }
  const delayMs = msOptionalToNumber(failure.nextRetryDelay ?? undefined)
  return delayMs === undefined ? { ...trouble, kind: 'failure' } : { ...trouble, kind: 'wait', ...asked(delayMs) }
}

/** Node lists the errors of all addresses it tried, and says nothing itself. */
const messageOf = (error: Error): string =>
  error.message ||
  (error instanceof AggregateError ? String((error.errors[0] as Error | undefined)?.message) : error.name)

function askedDelay(error: Error): { delayMs: number } | undefined {
  const { retryAfterMs } = error as { retryAfterMs?: unknown }
  return typeof retryAfterMs === 'number' ? asked(retryAfterMs) : undefined
}

/** A moment that has passed, as by a clock that differs from ours, is no time to ask again: the usual interval is. */
const asked = (delayMs: number): { delayMs: number } | undefined => (delayMs > 0 ? { delayMs } : undefined)
