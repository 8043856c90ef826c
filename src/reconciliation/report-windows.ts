import type { Verdict } from '../storage/count-listing.ts'
import { recentGaps } from '../storage/coverage.ts'
import type { ListingContext, ReconcilerOptions } from './reconciler-context.ts'

/** Something to recover in so many of the latest windows is no accident any more. */
const RECURS = { gaps: 3, windows: 8 }

const ALARMS = ['ahead', 'gaps_recur', 'suspect', 'refused', 'unread', 'unreachable'] as const

export type Alarm = (typeof ALARMS)[number]

/** Counts from 0: for Prometheus, a counter that is there for the first time has not increased. */
export function countFromZero({ metrics, sources }: Pick<ReconcilerOptions, 'metrics' | 'sources'>): void {
  for (const source of sources.values()) {
    if (source.reconcile === undefined) continue
    for (const what of ALARMS) metrics.reconciliationAlarms.inc({ source: source.id, alarm: what }, 0)
  }
}

/** Rings where completeness is in doubt, or where a window of the schedule is not the first with something to recover. */
export async function ringFor(context: ListingContext, verdicts: readonly Verdict[]): Promise<void> {
  const { pool, source, listing } = context
  for (const verdict of verdicts) {
    const { doubt } = verdict
    if (doubt === 'suspect' || doubt === 'unreachable') alarm(context, source.id, doubt, { ...verdict })
  }
  if (!verdicts.some(({ origin, listings, isGap }) => origin === 'schedule' && listings === 0 && isGap)) return
  const gaps = 1 + (await recentGaps(pool, source.id, RECURS.windows - 1))
  const { from, to } = listing
  if (gaps >= RECURS.gaps) alarm(context, source.id, 'gaps_recur', { from, to, gaps, ofWindows: RECURS.windows })
}

type Bells = Pick<ReconcilerOptions, 'metrics' | 'logger'>

export function alarm({ metrics, logger }: Bells, source: string, what: Alarm, facts: object): void {
  metrics.reconciliationAlarms.inc({ source, alarm: what })
  logger.error({ ...facts, source, alarm: what }, 'reconciliation.doubtful')
}
