import type { Context, Info } from '@temporalio/activity'

/** What one activity tried so far, and how long it has been about it. */
export interface Tries {
  /** The number of this try among those that count: 1 for the first, and again 1 after an outage. */
  counted: number
  /** How many attempts waited before this one. */
  waits: number
  /** When the activity was scheduled first. Unix ms. */
  scheduledMs: number
  /** Notes that this attempt waited and did not fail; the next comes after `delayMs`. */
  noteWait(delayMs: number): void
  /** There will be no other attempt. */
  forget(): void
}

/** What an attempt that waited leaves for the next one: Temporal keeps the last heartbeat over all attempts of an activity. */
interface WaitNote {
  posthornWaits: number
}

/** How often the activity waited so far: for a provider, a database, a budget. Temporal counts these as attempts, too. */
function waitsBefore({ heartbeatDetails }: Info): number {
  const { posthornWaits } = (heartbeatDetails ?? {}) as Partial<WaitNote>
  return posthornWaits ?? 0
}

/** The number of this try among those that count, of an activity that is not local. */
export const countedTry = (info: Info): number => info.attempt - waitsBefore(info)

/**
 * Of an activity that is not local. The SDK delivers the note of a wait before the failure itself; an activity that heartbeats details
 * of its own loses it.
 */
export const remoteTries = (context: Context): Tries => ({
  counted: countedTry(context.info),
  waits: waitsBefore(context.info),
  scheduledMs: context.info.scheduledTimestampMs,
  noteWait() {
    const note: WaitNote = { posthornWaits: waitsBefore(context.info) + 1 }
    context.heartbeat(note)
  },
  forget: () => undefined,
})

/** Of the only try of an activity that goes on as another one, which counts for itself. */
export const onlyTry = ({ scheduledTimestampMs }: Info): Tries => ({
  ...{ counted: 1, waits: 0, scheduledMs: scheduledTimestampMs },
  noteWait: () => undefined,
  forget: () => undefined,
})
