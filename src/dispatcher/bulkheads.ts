/** Shares what may be in flight among the sources: none holds more than half of it while there is another. */
export interface Bulkheads {
  /** How many more of each source fit into `room`, in the order in which to serve them now. */
  rooms(room: number): [source: string, rows: number][]
  enter(source: string): void
  leave(source: string): void
}

/** @param allowance How many rows of a source may be claimed now, whatever room there is. */
export function createBulkheads(
  sources: Iterable<string>,
  maximum: number,
  allowance: (source: string) => number = () => Infinity,
): Bulkheads {
  const order = [...sources]
  const share = order.length > 1 ? Math.max(1, Math.floor(maximum / 2)) : maximum
  const inFlight = new Map<string, number>()
  const add = (source: string, count: number): void => void inFlight.set(source, (inFlight.get(source) ?? 0) + count)
  return {
    rooms(room) {
      // Whoever was served first is last the next time.
      const first = order.shift()
      if (first !== undefined) order.push(first)
      return order
        .map((source): [string, number] => [
          source,
          Math.min(room, share - (inFlight.get(source) ?? 0), allowance(source)),
        ])
        .filter(([, rows]) => rows > 0)
    },
    enter: (source) => add(source, 1),
    leave: (source) => add(source, -1),
  }
}
