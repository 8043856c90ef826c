import type { CoverageStatus } from '../../storage/list-coverage.ts'
import type { ScheduleStatus } from '../../temporal/start-reconcile.ts'
import { table } from '../output.ts'
import { minute } from './coverage-lines.ts'

export interface SourceStatus extends CoverageStatus {
  /** What can be compared: `events`, `entities` or `nothing`. */
  compares: string
  schedule: ScheduleStatus | null
}

const HEADINGS = ['SOURCE', 'COMPARES', 'LISTED UP TO', 'SCHEDULE', 'OPEN', 'DOUBTFUL', 'RECOVERED', 'READING']

/** How complete each source is known to be; doubts and recoveries are those of the last seven days. */
export const statusLines = (sources: readonly SourceStatus[]): string[] =>
  table(HEADINGS, sources.map(toRow), 'No sources are configured: add one to posthorn.config.ts.')

const toRow = (status: SourceStatus): string[] => [
  status.source,
  status.compares,
  minute(status.listedUpTo),
  scheduleOf(status.schedule),
  ...[status.openWindows, status.doubtful, status.recovered].map(String),
  status.listing === null ? '-' : `page ${status.listing.pages + 1}, to ${minute(status.listing.to)}`,
]

function scheduleOf(schedule: ScheduleStatus | null): string {
  if (schedule === null) return 'none'
  return schedule.paused ? `paused${schedule.note ? `: ${schedule.note}` : ''}` : `next ${minute(schedule.nextAt)}`
}
