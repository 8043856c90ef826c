/** How many starts may be in flight: grows by one on good answers, halves when Temporal is overloaded or slow. */
export interface Pace {
  readonly limit: number
  onAnswer(answer: { durationMs: number; overloaded: boolean }): void
}

const SLOW_MS = 1_500

export function createPace(maximum: number): Pace {
  let limit = maximum
  let calmUntil = 0
  return {
    get limit() {
      return Math.floor(limit)
    },
    onAnswer({ durationMs, overloaded }) {
      if (!overloaded && durationMs < SLOW_MS) {
        limit = Math.min(maximum, limit + 1 / limit)
        return
      }
      // One congestion is reported by many answers: it is answered once a second.
      if (performance.now() < calmUntil) return
      calmUntil = performance.now() + 1_000
      limit = Math.max(1, limit / 2)
    },
  }
}
