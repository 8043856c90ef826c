import { setTimeout as delay } from 'node:timers/promises'

/** What retention removes, as it is counted. */
export type Removed =
  'partitions' | 'kept_bodies' | 'anomalies' | 'events' | 'effects' | 'lanes' | 'replays' | 'coverage'

export const BATCH_ROWS = 1_000

/** The two ways in which rows are removed, a batch and a commit at a time. Each resolves to how many there were. */
export interface Batches {
  /** As long as a batch finds all that it may. */
  inBatches(what: Removed, onStep: () => void, remove: (limit: number) => Promise<number>): Promise<number>
  /** Past all that there is, from a place that an earlier run may have got to. */
  walk<Place>(
    what: Removed,
    how: { onStep: (reached: Place | undefined) => void; from: Place | undefined },
    remove: (after: Place | undefined) => Promise<{ deleted: number; next: Place | undefined }>,
  ): Promise<number>
}

export const createBatches = (onRemoved: (what: Removed, count: number) => void): Batches => ({
  inBatches: (what, onStep, remove) =>
    untilDone(async () => {
      const removed = await remove(BATCH_ROWS)
      onRemoved(what, removed)
      onStep()
      return { removed, done: removed < BATCH_ROWS }
    }),
  walk: (what, { onStep, from }, remove) => {
    let reached = from
    return untilDone(async () => {
      const { deleted, next } = await remove(reached)
      onRemoved(what, deleted)
      onStep(next)
      reached = next
      return { removed: deleted, done: next === undefined }
    })
  },
})

/** Rests after each batch for as long as it took, so that ingest and dispatch find the database at most half as busy by this. */
async function untilDone(batch: () => Promise<{ removed: number; done: boolean }>): Promise<number> {
  for (let total = 0; ;) {
    const startedAt = performance.now()
    const { removed, done } = await batch()
    total += removed
    if (done) return total
    await delay(performance.now() - startedAt)
  }
}
