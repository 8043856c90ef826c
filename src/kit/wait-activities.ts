import type { EventRef } from '../domain/event.ts'
import type { ApprovalAnswer, EventWait, Question } from '../domain/waits.ts'

/** The engine's looks on behalf of a run that waits. Their names are in recorded histories: they stay. */
export interface WaitActivities {
  /** The event, once it is stored; null while it is not. After the last look nothing of the wait is left. */
  posthornAwaitEvent(event: EventRef, wait: EventWait, isLast: boolean): Promise<EventRef | null>
  /** The answer, once there is one; the last look always brings one. */
  posthornAwaitApproval(event: EventRef, question: Question, isLast: boolean): Promise<ApprovalAnswer | null>
}
