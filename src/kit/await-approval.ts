import type { Duration } from '@temporalio/common'
import { msToNumber } from '@temporalio/common/lib/time.js'
import type { ApprovalAnswer } from '../domain/waits.ts'
import { currentEvent } from './current-event.ts'
import { lookUntil, waitActivities } from './look-until.ts'

/** A question that only a person may answer. */
export interface ApprovalRequest {
  /** Which of the run's questions, for example `deploy`. Asked for again under one name, it is the same question. */
  name: string
  /** What people decide on, in one sentence. */
  summary: string
  /** Such as `'1 day'`, or milliseconds. No run lives longer than 30 days. */
  within: Duration
}

/**
 * Waits for a person's yes or no, given by `posthorn approvals`. That nobody answered in time is an answer of its own, `timed_out`.
 * A replay asks anew.
 */
export async function awaitApproval({ name, summary, within }: ApprovalRequest): Promise<ApprovalAnswer> {
  const event = currentEvent()
  const question = { name, summary, withinMs: msToNumber(within) }
  const answer = await lookUntil(question.withinMs, (isLast) =>
    waitActivities.posthornAwaitApproval(event, question, isLast),
  )
  return answer ?? { answer: 'timed_out' }
}
