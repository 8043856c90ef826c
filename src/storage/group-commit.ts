/** Collects what concurrent callers add and flushes it together, so that they share one commit. */
export interface GroupCommit<Item, Result> {
  /** Settles when the flush that held the item has been committed, or has failed. */
  add(item: Item): Promise<Result>
  /** Items added and not yet settled. */
  readonly pending: number
  /** Resolves when nothing is pending. */
  drain(): Promise<void>
}

export interface GroupCommitOptions<Item, Result> {
  /** Commits a batch; the results stand in the order of the items. An `Error` among them fails its own item only. */
  flush: (items: Item[]) => Promise<(Result | Error)[]>
  /** Items in one flush at most. Default 500. */
  maxItems?: number
  /** Flushes at the same time at most. Default 2: one commits while the next one fills. */
  maxInFlight?: number
  /** Bytes in one flush at most, by `sizeOf`. */
  maxBytes?: number
  sizeOf?: (item: Item) => number
}

interface Waiting<Item, Result> {
  item: Item
  resolve: (result: Result) => void
  reject: (error: unknown) => void
}

export function createGroupCommit<Item, Result>(options: GroupCommitOptions<Item, Result>): GroupCommit<Item, Result> {
  const { flush, maxItems = 500, maxInFlight = 2, maxBytes = Infinity, sizeOf = () => 0 } = options
  let waiting: Waiting<Item, Result>[] = []
  let inFlight = 0
  let pending = 0
  let scheduled = false
  let drained: (() => void)[] = []

  function schedule(): void {
    if (scheduled || !mayFlush()) return
    scheduled = true
    // After the current round of I/O: requests that were read together commit together.
    setImmediate(() => {
      scheduled = false
      inFlight += 1
      void run(take())
      schedule()
    })
  }

  /**
   * A small commit costs nearly as much as a large one. So beside what is on its way, only as much again is worth another flush;
   * less than that waits for company.
   */
  function mayFlush(): boolean {
    const onTheWay = pending - waiting.length
    return waiting.length > 0 && inFlight < maxInFlight && waiting.length >= onTheWay
  }

  function take(): Waiting<Item, Result>[] {
    let count = 0
    let bytes = 0
    for (const { item } of waiting) {
      bytes += sizeOf(item)
      if (count > 0 && (count >= maxItems || bytes > maxBytes)) break
      count += 1
    }
    const batch = waiting.slice(0, count)
    waiting = waiting.slice(count)
    return batch
  }

  async function run(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await flush(batch.map(({ item }) => item))
      batch.forEach(({ resolve, reject }, index) => {
        const result = results[index] as Result | Error
        if (result instanceof Error) reject(result)
        else resolve(result)
      })
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    inFlight -= 1
    pending -= batch.length
    if (pending === 0) {
      for (const resolve of drained) resolve()
      drained = []
    }
    schedule()
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        pending += 1
        waiting.push({ item, resolve, reject })
        schedule()
      }),
    get pending() {
      return pending
    },
    drain: () => (pending === 0 ? Promise.resolve() : new Promise((resolve) => drained.push(resolve))),
  }
}
