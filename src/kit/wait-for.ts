import type { Duration } from '@temporalio/common'
import { msToNumber } from '@temporalio/common/lib/time.js'
import type { EntityRef, EventRef } from '../domain/event.ts'
import { currentEvent } from './current-event.ts'
import { lookUntil, waitActivities } from './look-until.ts'

/** An event that a run waits for, of the same source as its own. */
export interface AwaitedEvent {
  /** The provider's type, exactly. */
  type: string
  entity: EntityRef
  /** Such as `'30 minutes'`, or milliseconds. No run lives longer than 30 days. */
  within: Duration
}

let waits = 0

/**
 * Waits for another event about an entity. It may have come before, come at this very moment or come later: it is found in any case,
 * the latest one where there are several. Undefined when none has come within the time. A replay waits anew.
 */
export async function waitFor({ type, entity, within }: AwaitedEvent): Promise<EventRef | undefined> {
  const event = currentEvent()
  const wait = { number: (waits += 1), type, entity }
  return lookUntil(msToNumber(within), (isLast) => waitActivities.posthornAwaitEvent(event, wait, isLast))
}
