import { ApiError } from '../providers/api.ts'

const FIRST_PROBE_MS = 5_000
const LONGEST_MS = 300_000

/** Until the next probe: what the provider asks for, or else longer after each probe that failed. Milliseconds. */
export function probeInMs({ retryAfterMs = 0 }: ApiError, failedProbes: number): number {
  return retryAfterMs > 0 ? retryAfterMs : Math.min(FIRST_PROBE_MS * 2 ** failedProbes, LONGEST_MS)
}

/** So many waited for the same moment that they must not come at once: half of the wait once more, drawn. */
export const spread = (waitMs: number): number => waitMs + Math.random() * stepOf(waitMs)

/**
 * What the caller whose probe failed is told: others go first. Else one event that the provider cannot answer would be every
 * probe, and keep the source shut.
 */
export const afterProbe = (error: ApiError, nextProbeInMs: number): ApiError =>
  new ApiError(error.message, {
    code: error.code,
    ...(error.status !== undefined && { status: error.status }),
    retryAfterMs: spread(nextProbeInMs + stepOf(nextProbeInMs)),
    cause: error,
  })

const stepOf = (waitMs: number): number => Math.min(Math.max(waitMs / 2, 1_000), 30_000)
