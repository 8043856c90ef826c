import type { World } from './world.ts'

/** For a provider that says only that it tries again: often at first, then hourly for a day. */
const UNDOCUMENTED = [60, 300, 1_800, 3_600, 3_600, 7_200, 14_400, 28_800]

/** The gaps between a provider's attempts as it documents them, in ms, with time running `timeScale` times as fast. */
export const retrySchedule =
  (timeScale: number) =>
  ({ provider }: World): readonly number[] =>
    (provider.delivery?.retryAfterSeconds ?? UNDOCUMENTED).map((seconds) => (seconds * 1000) / timeScale)

/** How long a provider waits for an answer, in ms: real time, for the receiver is no faster than it is. Undefined where it does not say. */
export function patienceOf({ provider }: World): number | undefined {
  const seconds = provider.delivery?.ackWithinSeconds
  return seconds === undefined ? undefined : seconds * 1000
}
