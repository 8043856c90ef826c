import { ApplicationFailure } from '@temporalio/common'

/** A failure says when to try again, but workflow code is not shown that: so it stands in the details, too, as the last of them. */
interface DelayNote {
  posthornDelayMs: number
}

export function withDelayNote(details: unknown[], delayMs: number): unknown[] {
  const note: DelayNote = { posthornDelayMs: delayMs }
  return [...details, note]
}

/** Milliseconds; undefined where the failure has no note, as after a time-out. */
export function notedDelay(error: unknown): number | undefined {
  if (!(error instanceof ApplicationFailure)) return undefined
  const note = error.details?.at(-1) as Partial<DelayNote> | null | undefined
  return note?.posthornDelayMs
}
