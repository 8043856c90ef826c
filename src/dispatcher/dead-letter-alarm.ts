import { type DeadLetterCounts, countDeadLetters } from '../storage/dead-letters/count-dead-letters.ts'
import type { Pool } from '../storage/pool.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** More dead letters than these raise each alarm. */
export interface DeadLetterThresholds {
  /** Somebody should look today. */
  warning: number
  /** Somebody should look now. */
  critical: number
  /** New ones within `GROWTH_WINDOW_MS`. */
  growth: number
}

export type AlarmLevel = keyof DeadLetterThresholds

export const ALARM_LEVELS = ['warning', 'critical', 'growth'] as const satisfies readonly AlarmLevel[]

const GROWTH_WINDOW_MS = 600_000
const LOOK_EVERY_MS = 15_000

/** The levels at which the dead letters stand. */
export const raisedLevels = ({ depth, recent }: DeadLetterCounts, thresholds: DeadLetterThresholds): AlarmLevel[] =>
  ALARM_LEVELS.filter((level) => (level === 'growth' ? recent : depth) > thresholds[level])

export interface AlarmOptions {
  pool: Pool
  metrics: Metrics
  logger: Logger
  thresholds: DeadLetterThresholds
  /** Default: every 15 seconds. */
  everyMs?: number
}

/** Keeps a gauge for each level, and says each crossing once: an error when one is reached, a line when it is left. */
export function startDeadLetterAlarm(options: AlarmOptions): () => Promise<void> {
  const { pool, metrics, logger, thresholds, everyMs = LOOK_EVERY_MS } = options
  const raised = new Set<AlarmLevel>()
  let looking: Promise<void> | undefined

  async function look(): Promise<void> {
    const counts = await countDeadLetters(pool, GROWTH_WINDOW_MS)
    const now = new Set(raisedLevels(counts, thresholds))
    for (const level of ALARM_LEVELS) {
      metrics.deadLetterAlarm.set({ level }, now.has(level) ? 1 : 0)
      if (now.has(level) === raised.has(level)) continue
      const fields = { alarm: level, threshold: thresholds[level], ...counts }
      if (now.has(level)) logger.error(fields, 'dead_letters.alarm')
      else logger.info(fields, 'dead_letters.calm')
      if (!raised.delete(level)) raised.add(level)
    }
  }

  const timer = setInterval(() => {
    // A database that is away rings alarms of its own.
    looking ??= look()
      .catch(() => undefined)
      .finally(() => (looking = undefined))
  }, everyMs)
  return async () => {
    clearInterval(timer)
    await looking
  }
}
