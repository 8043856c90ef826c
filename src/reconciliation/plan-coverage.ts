import type { ReconcileRequest } from '../domain/reconciliation.ts'
import type { Source } from '../providers/source.ts'
import {
  type Span,
  closeUnprovable,
  forgetFuture,
  lapseWindows,
  openWindows,
  readWatermark,
} from '../storage/coverage.ts'
import { requestWindows } from '../storage/request-windows.ts'
import type { Pool } from '../storage/pool.ts'
import { type WindowPlan, planRequest, planSchedule, spanOf } from './plan-windows.ts'
import { type ReconcilerOptions, sourceOf } from './reconciler-context.ts'
import { alarm } from './report-windows.ts'
import { comparisonOf, settingsOf } from './settings.ts'

/** Opens the windows that are due, and closes what no list reaches. */
export async function planCoverage(options: ReconcilerOptions, request: ReconcileRequest): Promise<void> {
  const { pool } = options
  const source = sourceOf(options, request.source)
  const now = await options.now()
  const origin = request.asked === undefined ? 'schedule' : 'operator'
  const ahead = await forgetFuture(pool, source.id, now)
  if (ahead > 0) alarm(options, source.id, 'ahead', { windows: ahead, now })
  const { windows, unprovable, doubt } = await planFor({ pool, source, now }, request)
  if (unprovable !== undefined) await closeUnprovable(pool, { ...unprovable, source: source.id, origin, now, doubt })
  if (origin === 'schedule') await openWindows(pool, { source: source.id, now }, windows)
  else await requestWindows(pool, { source: source.id, now, refresh: request.asked?.refresh ?? null }, windows)
}

async function planFor(
  { pool, source, now }: { pool: Pool; source: Source; now: Date },
  { asked }: ReconcileRequest,
): Promise<WindowPlan & { doubt: string }> {
  const watermark = asked === undefined ? await readWatermark(pool, source.id) : undefined
  const plan = (horizonMs: number, settings = settingsOf(source)): WindowPlan =>
    asked === undefined
      ? planSchedule({ now, watermark, horizonMs, settings })
      : planRequest(spanOf(asked), now, horizonMs)

  const comparison = comparisonOf(source)
  if (comparison === 'events') {
    const horizonMs = source.provider.listing?.horizonMs ?? 0
    await lapseWindows(pool, source.id, new Date(now.getTime() - horizonMs))
    return { ...plan(horizonMs), doubt: 'beyond_horizon' }
  }
  // What is compared is the present: what is still on its way is told by waiting, not by looking at the past.
  const [whole] = wholeOf(plan(Infinity, { ...settingsOf(source), settleMs: 0, overlapMs: 0 }).windows)
  if (comparison === 'entities' || whole === undefined) return { windows: whole ? [whole] : [], doubt: '' }
  return { windows: [], unprovable: whole, doubt: 'no_list' }
}

/** One list of entities answers for all the time that has passed. */
function wholeOf(windows: readonly Span[]): Span[] {
  const [first, last] = [windows[0], windows.at(-1)]
  return first === undefined || last === undefined ? [] : [{ from: first.from, to: last.to }]
}
