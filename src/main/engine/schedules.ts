import type { Source } from '../../providers/source.ts'
import type { ScheduleSpec } from '../../temporal/schedules.ts'

/** Every schedule of an installation. `posthorn setup` and each worker that starts see to it that they exist. */
export function scheduleSpecs(_sources: readonly Source[]): ScheduleSpec[] {
  return []
}
