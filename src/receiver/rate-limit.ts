export interface RateLimit {
  /** Requests a second that may go on for ever. */
  perSecond: number
  /** Requests that may come at once after a quiet time. */
  burst: number
}

/** A token bucket for each key. Decided at once, without timers: docs/decisions/0003-rate-limit.md says why it is our own. */
export interface RateLimiter {
  /** Takes one token. 0 when there was one, else how many ms until there is. */
  take(key: string): number
  /** Undoes a `take`. */
  giveBack(key: string): void
  /** Keys that are remembered: those whose bucket is not full. */
  readonly size: number
}

const SWEEP_EVERY_MS = 1_000

/** `clock` is in ms and must not step, as wall clocks do. */
export function createRateLimiter(limit: RateLimit, clock: () => number = () => performance.now()): RateLimiter {
  const msPerToken = 1_000 / limit.perSecond
  const msPerBucket = msPerToken * limit.burst
  /** When each bucket will be full again: all there is to know about a bucket. */
  const fullAt = new Map<string, number>()
  let sweptAt = clock()

  function sweep(now: number): void {
    if (now - sweptAt < SWEEP_EVERY_MS) return
    sweptAt = now
    for (const [key, at] of fullAt) if (at <= now) fullAt.delete(key)
  }

  return {
    take(key) {
      const now = clock()
      sweep(now)
      const next = Math.max(fullAt.get(key) ?? 0, now) + msPerToken
      const wait = next - now - msPerBucket
      // Sums of fractions drift: less than a thousandth of a token is none.
      if (wait > msPerToken / 1_000) return wait
      fullAt.set(key, next)
      return 0
    },
    giveBack(key) {
      const at = fullAt.get(key)
      if (at !== undefined) fullAt.set(key, at - msPerToken)
    },
    get size() {
      return fullAt.size
    },
  }
}
