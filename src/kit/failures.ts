import { ApplicationFailure } from '@temporalio/common'

/** Fails the run for good: trying again cannot help. The code stands in the dead letter and groups it. */
export function permanent(code: string, message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({ message, type: code, nonRetryable: true, ...causeOf(cause) })
}

/** Fails this attempt and asks for the next one after `delayMs`, for example by the other side's `Retry-After`. */
export function retryAfter(code: string, delayMs: number, message: string, cause?: unknown): ApplicationFailure {
  return ApplicationFailure.create({ message, type: code, nextRetryDelay: delayMs, ...causeOf(cause) })
}

const causeOf = (cause: unknown): { cause: Error } | undefined => (cause instanceof Error ? { cause } : undefined)
