import type { Context, Info } from '@temporalio/activity'

/** What an attempt that waited leaves for the next one: Temporal keeps the last heartbeat over all attempts of an activity. */
interface WaitNote {
  posthornWaits: number
}

/** How often the activity waited so far: for a provider, a database, a budget. Temporal counts these as attempts, too. */
export function waitsBefore({ heartbeatDetails }: Info): number {
  const { posthornWaits } = (heartbeatDetails ?? {}) as Partial<WaitNote>
  return posthornWaits ?? 0
}

/** The number of this try among those that count: 1 for the first, and again 1 after an outage. */
export const countedTry = (info: Info): number => info.attempt - waitsBefore(info)

/**
 * Notes that this attempt waited and did not fail. The SDK delivers the note before the failure itself; an activity that heartbeats
 * details of its own loses them here.
 */
export function noteWait(context: Context): void {
  const note: WaitNote = { posthornWaits: waitsBefore(context.info) + 1 }
  context.heartbeat(note)
}
