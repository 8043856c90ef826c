import { type DroppedPartition, dropPartitions } from '../storage/drop-partitions.ts'
import { deleteExpiredCoverage, deleteExpiredReplayItems, deleteExpiredReplays } from '../storage/expire-ledgers.ts'
import { type ExpiryCursor, deleteExpiredAnomalies, deleteExpiredEvents } from '../storage/expire-rows.ts'
import { dropFinishedBodies } from '../storage/kept-bodies.ts'
import { forgetIdleLanes } from '../storage/lanes.ts'
import { deleteOrphanedEffects } from '../storage/orphaned-effects.ts'
import { ensurePartitions, partitionedDaysAhead } from '../storage/partitions.ts'
import type { Pool } from '../storage/pool.ts'
import { BATCH_ROWS, type Removed, createBatches } from './batches.ts'

/** How long things are kept, in days. */
export interface RetentionDays {
  bodies: number
  receipts: number
  /** Event rows, and so the keys that redeliveries are known by. */
  events: number
}

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

const HOUR_MS = 3_600_000
/** Whoever is not there to mend it for this long finds no partition for today. */
const FEW_DAYS_AHEAD = 3

export function createRetention(options: RetentionOptions): Retention {
  const { pool, effectsPool, days, onRemoved, onFewAhead } = options
  const { inBatches, walk } = createBatches(onRemoved)
  return {
    async partitions(onStep) {
      // Where none can be made, those that had their days go nevertheless.
      const [made] = await Promise.allSettled([ensurePartitions(pool)])
      const daysAhead = await partitionedDaysAhead(pool)
      if (daysAhead < FEW_DAYS_AHEAD) onFewAhead(daysAhead)
      const dropped = await dropPartitions(pool, { keepDays: days, onStep })
      onRemoved('partitions', dropped.length)
      if (made.status === 'rejected') throw made.reason
      return { dropped, daysAhead }
    },
    async payloads(onStep) {
      return {
        keptBodies: await inBatches('kept_bodies', onStep, (limit) => dropFinishedBodies(pool, limit)),
        anomalies: await inBatches('anomalies', onStep, (limit) => deleteExpiredAnomalies(pool, days.bodies, limit)),
      }
    },
    async events(onStep, after) {
      const batch = { effectsPool, days: days.events, limit: BATCH_ROWS }
      const events = await walk('events', { onStep, from: after }, (reached) =>
        deleteExpiredEvents(pool, { ...batch, after: reached }),
      )
      const turn = Math.floor(Date.now() / HOUR_MS)
      await walk<string>('effects', { onStep: () => onStep(), from: undefined }, (reached) =>
        deleteOrphanedEffects(pool, { ...batch, turn, after: reached }),
      )
      const lanes = await inBatches('lanes', onStep, (limit) => forgetIdleLanes(pool, days.events, limit))
      await inBatches('replays', onStep, (limit) => deleteExpiredReplayItems(pool, days.events, limit))
      const replays = await inBatches('replays', onStep, (limit) => deleteExpiredReplays(pool, days.events, limit))
      const coverage = await inBatches('coverage', onStep, (limit) => deleteExpiredCoverage(pool, days.events, limit))
      return { events, lanes, replays, coverage }
    },
  }
}
