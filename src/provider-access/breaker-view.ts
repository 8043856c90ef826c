import { type Breaker, readBreakers } from '../storage/breakers.ts'
import type { Pool } from '../storage/pool.ts'

/** The breakers of all sources as this process knows them. The truth is in Postgres. */
export interface BreakerView {
  /** The source's breaker as of a moment ago: what is healthy may be a little older than what is not. */
  look(source: string): Promise<SeenBreaker>
  /** What was seen last, without looking. */
  last(source: string): Breaker | undefined
  read(): Promise<void>
}

export interface SeenBreaker {
  /** Undefined: the source was never out. */
  breaker: Breaker | undefined
  /** Milliseconds. */
  ageMs: number
}

const FRESH_MS = 1_000
const LAST_WORD_MS = 5_000

interface Board {
  breakers: Map<string, Breaker>
  readAt: number
}

export function createBreakerView(pool: Pool): BreakerView {
  let board: Board | undefined
  let reading: Promise<Board> | undefined

  function read(): Promise<Board> {
    reading ??= readBreakers(pool)
      .then((breakers) => (board = { breakers, readAt: performance.now() }))
      .finally(() => (reading = undefined))
    return reading
  }

  /** Where all was well a moment ago a call does not wait for a look; whoever is refused is refused by what holds now. */
  async function current(source: string): Promise<Board> {
    const ageMs = performance.now() - (board?.readAt ?? -Infinity)
    if (board !== undefined && ageMs <= FRESH_MS) return board
    const fresh = read()
    if (board === undefined || ageMs > LAST_WORD_MS || !isClosed(board.breakers.get(source))) return fresh
    fresh.catch(() => undefined)
    return board
  }

  return {
    async look(source) {
      const { breakers, readAt } = await current(source)
      return { breaker: breakers.get(source), ageMs: performance.now() - readAt }
    },
    last: (source) => board?.breakers.get(source),
    async read() {
      // A look that is under way may have been answered before what the caller has just changed.
      await reading?.catch(() => undefined)
      await read()
    },
  }
}

export const isClosed = (breaker: Breaker | undefined): boolean => breaker === undefined || breaker.state === 'closed'
