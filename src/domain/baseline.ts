const DAY_MS = 24 * 60 * 60 * 1_000
/** Providers state times in whole seconds, by clocks of their own: an event this close to the connection is not history. */
const CLOCK_TOLERANCE_MS = 10_000

/** Older events are history, or older than the keys that would show whether they are known: they are mirrored, and never run. */
export function baselineBefore(times: { connectedAt: Date | undefined; now: Date; retentionDays: number }): Date {
  const connectedAt = times.connectedAt?.getTime() ?? 0
  return new Date(Math.max(connectedAt - CLOCK_TOLERANCE_MS, times.now.getTime() - times.retentionDays * DAY_MS))
}

export const isBaseline = (occurredAt: Date | undefined, before: Date): boolean =>
  occurredAt !== undefined && occurredAt < before
