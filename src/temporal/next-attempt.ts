import type { Info } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { FAILURES } from '../domain/failure-codes.ts'
import { type ActivityPolicy, LONGEST_LOCAL_WAIT_MS } from '../kit/activity-policy.ts'
import { withDelayNote } from '../kit/noted-delay.ts'
import type { Tries } from './activity-tries.ts'
import { type Trouble, troubleOf } from './activity-trouble.ts'

export interface Attempt {
  info: Info
  policy: ActivityPolicy
  tries: Tries
  /** How long an outage may keep an activity waiting. Milliseconds. */
  outageLimitMs: number
}

/** What Temporal is told of an attempt that threw `error`: whether there is a next one, and when. */
export function translate(error: unknown, attempt: Attempt): ApplicationFailure {
  const { policy, tries } = attempt
  const trouble = troubleOf(error)
  if (trouble.kind === 'wait') return wait(trouble, attempt)
  if (trouble.kind === 'permanent' || tries.counted >= policy.attempts) return forGood(trouble, tries)
  const delayMs = trouble.delayMs ?? jittered(policy, tries.counted)
  // After a timer a local activity counts its tries anew.
  return again(trouble, policy.place === 'local' ? Math.min(delayMs, LONGEST_LOCAL_WAIT_MS) : delayMs, attempt)
}

/** As often as the policy says, it was tried without a word: its worker died, or it took too long. */
export function exhausted(tries: Tries): ApplicationFailure {
  return forGood({ code: 'attempts_exhausted', message: FAILURES.attempts_exhausted }, tries)
}

/** So many attempts of a local activity may wait inside the worker. */
const SHORT_LOCAL_WAITS = 5
/** The later ones wait outside, and cost the run's history a timer each: of 72 hours some two thousand. */
const LONG_LOCAL_WAITS = { initialMs: 12_000, maximumMs: 180_000 }

function wait(trouble: Trouble, attempt: Attempt): ApplicationFailure {
  const { info, policy, tries, outageLimitMs } = attempt
  const longWaits = info.isLocal ? info.attempt - SHORT_LOCAL_WAITS : 0
  const usualMs = longWaits > 0 ? jittered(LONG_LOCAL_WAITS, longWaits) : jittered(policy, tries.waits + 1)
  const delayMs = longWaits > 0 ? Math.max(trouble.delayMs ?? 0, usualMs) : (trouble.delayMs ?? usualMs)
  if (Date.now() - tries.scheduledMs + delayMs < outageLimitMs) {
    tries.noteWait(delayMs)
    return again(trouble, delayMs, attempt)
  }
  if (trouble.isOurs) return forGood(trouble, tries)
  const message = `${FAILURES.outage_outlasted} The last error was ${trouble.code}: ${trouble.message}`
  return forGood({ code: 'outage_outlasted', message, ...(trouble.cause && { cause: trouble.cause }) }, tries)
}

type Words = Omit<Trouble, 'kind' | 'delayMs' | 'isOurs'>

function forGood(words: Words, tries: Tries): ApplicationFailure {
  tries.forget()
  return ApplicationFailure.create({ ...inFailure(words), nonRetryable: true })
}

function again(words: Words, delayMs: number, { info, policy }: Attempt): ApplicationFailure {
  const nextRetryDelay = Math.ceil(delayMs)
  // The next one is made by the workflow, and not by Temporal.
  const isNoted = info.isLocal && policy.place === 'local-first'
  const details = isNoted ? withDelayNote(words.details ?? [], nextRetryDelay) : words.details
  return ApplicationFailure.create({ ...inFailure({ ...words, ...(details && { details }) }), nextRetryDelay })
}

const inFailure = ({ code, message, cause, details }: Words) => ({
  ...{ message, type: code },
  ...(cause && { cause }),
  ...(details && { details }),
})

/** Exponential with equal jitter: half of the interval is certain, the other half is drawn. */
function jittered({ initialMs, maximumMs }: Pick<ActivityPolicy, 'initialMs' | 'maximumMs'>, nth: number): number {
  const interval = Math.min(initialMs * 2 ** (nth - 1), maximumMs)
  return interval / 2 + (Math.random() * interval) / 2
}
