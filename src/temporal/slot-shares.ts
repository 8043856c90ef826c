/** No source holds more than half of a worker's activity slots while others share the worker. */
export interface SlotShares {
  /**
   * Runs `work` in a slot of the source's share; work of no source in particular always has one.
   * @throws SlotsTakenError at once when the share is used up: waiting would hold the slot that it is about.
   */
  run<T>(source: string | undefined, isLocal: boolean, work: () => Promise<T>): Promise<T>
}

/** The source's share of the slots is in use: nothing is wrong with the event. */
export class SlotsTakenError extends Error {
  override readonly name = 'SlotsTakenError'
  readonly code = 'source_slots_taken'
  readonly retryAfterMs: number

  constructor(source: string, retryAfterMs: number) {
    super(`Activities of ${source} hold half of this worker's slots already`)
    this.retryAfterMs = retryAfterMs
  }
}

export interface SlotSharesOptions {
  /** The sources whose activities this worker runs. */
  sources: number
  activities: number
  localActivities: number
}

export function createSlotShares(options: SlotSharesOptions): SlotShares {
  const half = (slots: number): number => (options.sources > 1 ? Math.max(1, Math.floor(slots / 2)) : slots)
  const shares = { remote: half(options.activities), local: half(options.localActivities) }
  const uses = new Map<string, ShareInUse>()

  return {
    async run(source, isLocal, work) {
      if (source === undefined) return work()
      const place = isLocal ? 'local' : 'remote'
      const name = `${source}/${place}`
      const use = uses.get(name) ?? { running: 0, averageMs: 0, queueEndsAt: 0 }
      uses.set(name, use)
      if (use.running >= shares[place]) throw new SlotsTakenError(source, queueUp(use, shares[place]))
      return hold(use, work)
    },
  }
}

interface ShareInUse {
  running: number
  averageMs: number
  /** When the last one that was sent away may come back. */
  queueEndsAt: number
}

async function hold<T>(use: ShareInUse, work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  use.running += 1
  try {
    return await work()
  } finally {
    use.running -= 1
    use.averageMs += (performance.now() - startedAt - use.averageMs) / 10
  }
}

const LEAST_WAIT_MS = 500
const LONGEST_WAIT_MS = 60_000

/** A turn for one more, at the rate at which slots come free: so they come back neither all at once nor in vain. */
function queueUp(use: ShareInUse, share: number): number {
  const now = performance.now()
  use.queueEndsAt = Math.max(use.queueEndsAt, now + LEAST_WAIT_MS) + use.averageMs / share
  return Math.min(use.queueEndsAt - now, LONGEST_WAIT_MS)
}
