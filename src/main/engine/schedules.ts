import { type ReconcileRequest, reconcileId } from '../../domain/reconciliation.ts'
import type { Source } from '../../providers/source.ts'
import type { ScheduleSpec } from '../../temporal/schedules.ts'

/** How the IDs of the sources' schedules begin: one that no source has any more goes. */
export const RECONCILE_SCHEDULES = reconcileId('')

/** Every schedule of an installation. `posthorn setup` and each worker that starts see to it that they exist. */
export function scheduleSpecs(sources: readonly Source[]): ScheduleSpec[] {
  return [RETENTION, ...sources.flatMap(reconciliation)]
}

function reconciliation({ id, reconcile }: Source): ScheduleSpec[] {
  if (reconcile === undefined) return []
  const request: ReconcileRequest = { source: id }
  return [
    {
      id: reconcileId(id),
      workflowType: 'posthornReconcile',
      args: [request],
      everyMs: reconcile.everyMs,
      jitterMs: Math.min(reconcile.everyMs / 10, MINUTE_MS),
      // The windows join up whenever the next run comes: what was missed need not be caught up with.
      catchupWindowMs: MINUTE_MS,
    },
  ]
}

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** Far more often than a day ends: a run that finds nothing costs nothing, and one that failed has its next soon. */
const RETENTION: ScheduleSpec = {
  id: 'retention',
  workflowType: 'posthornRetention',
  args: [],
  everyMs: HOUR_MS,
  jitterMs: HOUR_MS / 4,
  catchupWindowMs: HOUR_MS,
}
