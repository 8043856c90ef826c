import type { Refusal } from './quarantine-log.ts'

/** Refused requests that wait to be written: few enough, whatever comes. */
export interface RefusalSample {
  add(refusal: Refusal): void
  /** Empties it. Says how long ago each request was added. */
  take(): { refusal: Refusal; ageMs: number }[]
}

/** A flood is sampled before it costs a write. */
const MAX_ROWS_PER_SOURCE = 50
const MAX_BYTES = 8 * 1024 * 1024
/** Larger bodies are not kept. */
const MAX_BODY_BYTES = 1024 * 1024

/** Of several, the one with the largest lot has to go: so each request of a flood has the same chance to stay. */
interface Drawn {
  refusal: Refusal
  lot: number
  /** By a clock that does not step. Milliseconds. */
  at: number
}

/** What came of one source. */
interface Share {
  drawn: Drawn[]
  bytes: number
}

/** What is too much goes at the cost of the source that holds the most: none can take the room of another. */
export function createRefusalSample(): RefusalSample {
  const shares = new Map<string, Share>()
  let bytes = 0

  function drop(share: Share): void {
    const [gone] = share.drawn.splice(placeOfLast(share.drawn), 1)
    const size = gone === undefined ? 0 : sizeOf(gone.refusal)
    share.bytes -= size
    bytes -= size
  }

  return {
    add(refusal) {
      const size = sizeOf(refusal)
      if (size > MAX_BODY_BYTES) return
      const share = shares.get(refusal.source) ?? { drawn: [], bytes: 0 }
      shares.set(refusal.source, share)
      share.drawn.push({ refusal, lot: Math.random(), at: performance.now() })
      share.bytes += size
      bytes += size
      if (share.drawn.length > MAX_ROWS_PER_SOURCE) drop(share)
      while (bytes > MAX_BYTES) drop([...shares.values()].reduce(greedier))
    },
    take() {
      const now = performance.now()
      const all = [...shares.values()].flatMap(({ drawn }) => drawn)
      shares.clear()
      bytes = 0
      return all.map(({ refusal, at }) => ({ refusal, ageMs: now - at }))
    },
  }
}

const sizeOf = ({ request }: Refusal): number => request.body.length

const greedier = (one: Share, other: Share): Share => (other.bytes > one.bytes ? other : one)

const placeOfLast = (drawn: readonly Drawn[]): number =>
  drawn.reduce((last, { lot }, place) => (lot > (drawn[last] as Drawn).lot ? place : last), 0)
