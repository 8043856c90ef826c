import { setTimeout as delay } from 'node:timers/promises'
import { type DroppedPartition, dropPartitions } from '../storage/drop-partitions.ts'
import { deleteExpiredCoverage, deleteExpiredReplayItems, deleteExpiredReplays } from '../storage/expire-ledgers.ts'
import { type ExpiryCursor, deleteExpiredAnomalies, deleteExpiredEvents } from '../storage/expire-rows.ts'
import { dropFinishedBodies } from '../storage/kept-bodies.ts'
import { forgetIdleLanes } from '../storage/lanes.ts'
import { ensurePartitions, partitionedDaysAhead } from '../storage/partitions.ts'
import type { Pool } from '../storage/pool.ts'

/** How long things are kept, in days. */
export interface RetentionDays {
  bodies: number
  receipts: number
  /** Event rows, and so the keys that redeliveries are known by. */
  events: number
}

/** What retention removes, as it is counted. */
export type Removed = 'partitions' | 'kept_bodies' | 'anomalies' | 'events' | 'lanes' | 'replays' | 'coverage'

export interface RetentionOptions {
  pool: Pool
  /** Of the activities: where the ledger of their effects stands. */
  effectsPool: Pool
  days: RetentionDays
  /** Told after each commit. */
  onRemoved: (what: Removed, count: number) => void
  /** Told how many days after today have their partitions, when they are too few. */
  onFewAhead: (days: number) => void
}

/** Told after every small step, with where an interrupted run of events can be taken up. May throw to end the work. */
export type OnStep = (reached?: ExpiryCursor) => void

/** The parts of retention. Each may be interrupted anywhere, and run again. */
export interface Retention {
  /** Makes the partitions ahead, and drops those that had their days. */
  partitions(onStep: OnStep): Promise<{ dropped: DroppedPartition[]; daysAhead: number }>
  /** Removes payloads outside of partitions whose time has come. */
  payloads(onStep: OnStep): Promise<{ keptBodies: number; anomalies: number }>
  /** Deletes event rows with all that hangs on them. `after` is where an interrupted run got to. */
  events(
    onStep: OnStep,
    after?: ExpiryCursor,
  ): Promise<{ events: number; lanes: number; replays: number; coverage: number }>
}

const BATCH = 1_000
/** Whoever is not there to mend it for this long finds no partition for today. */
const FEW_DAYS_AHEAD = 3

export function createRetention(options: RetentionOptions): Retention {
  const { pool, effectsPool, days, onRemoved, onFewAhead } = options
  const inBatches = (what: Removed, onStep: OnStep, remove: (limit: number) => Promise<number>) =>
    untilDone(async () => {
      const removed = await remove(BATCH)
      onRemoved(what, removed)
      onStep()
      return { removed, done: removed < BATCH }
    })

  return {
    async partitions(onStep) {
      await ensurePartitions(pool)
      const daysAhead = await partitionedDaysAhead(pool)
      if (daysAhead < FEW_DAYS_AHEAD) onFewAhead(daysAhead)
      const dropped = await dropPartitions(pool, { keepDays: days, onStep })
      onRemoved('partitions', dropped.length)
      return { dropped, daysAhead }
    },
    async payloads(onStep) {
      return {
        keptBodies: await inBatches('kept_bodies', onStep, (limit) => dropFinishedBodies(pool, limit)),
        anomalies: await inBatches('anomalies', onStep, (limit) => deleteExpiredAnomalies(pool, days.bodies, limit)),
      }
    },
    async events(onStep, after) {
      let reached = after
      const events = await untilDone(async () => {
        const batch = { effectsPool, days: days.events, after: reached, limit: BATCH }
        const { deleted, next } = await deleteExpiredEvents(pool, batch)
        onRemoved('events', deleted)
        onStep(next)
        reached = next
        return { removed: deleted, done: next === undefined }
      })
      const lanes = await inBatches('lanes', onStep, (limit) => forgetIdleLanes(pool, days.events, limit))
      await inBatches('replays', onStep, (limit) => deleteExpiredReplayItems(pool, days.events, limit))
      const replays = await inBatches('replays', onStep, (limit) => deleteExpiredReplays(pool, days.events, limit))
      const coverage = await inBatches('coverage', onStep, (limit) => deleteExpiredCoverage(pool, days.events, limit))
      return { events, lanes, replays, coverage }
    },
  }
}

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
