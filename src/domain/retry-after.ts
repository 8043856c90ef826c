/** Nobody means more by it, and an absurd figure must not park an event for years. */
const MAX_WAIT_MS = 24 * 3600 * 1000

/** A wait that somebody outside asks for, within reason. Milliseconds. */
export const permittedWait = (ms: number): number | undefined =>
  Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), MAX_WAIT_MS)

/**
 * `Retry-After` in seconds or as an HTTP date (RFC 9110, 10.2.3), as ms from `nowMs`, a day at most; undefined when
 * absent or unreadable.
 */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined
  // Some write a fraction, which the RFC does not know.
  if (/^\d+(\.\d+)?$/.test(value)) return permittedWait(Number(value) * 1000)
  // Every HTTP date begins with a day's name; without one Date.parse makes a date of almost anything.
  return /^[A-Z][a-z]{2}/.test(value) ? permittedWait(Date.parse(value) - nowMs) : undefined
}
