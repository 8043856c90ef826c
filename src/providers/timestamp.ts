import { VerificationError } from '../domain/errors.ts'

export const TOLERANCE_SECONDS = 300

/**
 * Unix seconds as senders write them: digits and nothing else, where `parseInt` would accept a number with a tail.
 * @throws VerificationError
 */
export function parseTimestamp(text: string | undefined): number {
  if (!text) throw new VerificationError('missing_timestamp')
  if (!/^\d+$/.test(text)) throw new VerificationError('bad_timestamp')
  return Number(text)
}

/**
 * Refuses what was sent longer ago than `tolerance` seconds, five minutes unless told otherwise, and what claims to come from as far ahead: it would stay fresh for
 * as long as its sender likes.
 * @throws VerificationError
 */
export function assertFresh(timestamp: number, now: number, tolerance = TOLERANCE_SECONDS): void {
  if (Math.abs(now - timestamp) > tolerance) throw new VerificationError('stale_timestamp')
}
