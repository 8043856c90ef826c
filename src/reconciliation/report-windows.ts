import { type CoverageWindow, recentGaps } from '../storage/coverage.ts'
import type { ReconcilerOptions } from './reconciler-context.ts'

type ReportOptions = Pick<ReconcilerOptions, 'pool' | 'metrics' | 'logger'>

/** Something to recover in so many of the latest windows is no accident any more. */
const RECURS = { gaps: 3, windows: 8 }

export type Alarm = 'gaps_recur' | 'suspect' | 'refused' | 'unread' | 'unreachable'

/** Says of each window what was found, and rings where completeness is in doubt. */
export async function reportWindows(options: ReportOptions, windows: readonly CoverageWindow[]): Promise<void> {
  for (const window of windows) {
    const { source, doubt } = window
    options.logger.info({ ...window }, 'window.listed')
    if (doubt === 'suspect' || doubt === 'unreachable') alarm(options, source, doubt, { ...window })
  }
  const [fresh] = windows.filter(
    (window) => window.origin === 'schedule' && window.listings === 1 && window.recovered > 0,
  )
  if (fresh === undefined) return
  const gaps = await recentGaps(options.pool, fresh.source, RECURS.windows)
  if (gaps >= RECURS.gaps) alarm(options, fresh.source, 'gaps_recur', { gaps, ofWindows: RECURS.windows })
}

export function alarm({ metrics, logger }: ReportOptions, source: string, what: Alarm, facts: object): void {
  metrics.reconciliationAlarms.inc({ source, alarm: what })
  logger.error({ ...facts, source, alarm: what }, 'reconciliation.doubtful')
}
