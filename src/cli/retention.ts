import type { DayPartition } from '../storage/day-partitions.ts'
import type { DroppedPartition } from '../storage/drop-partitions.ts'
import type { RetentionReport } from '../storage/inspect-retention.ts'
import { type Output, table } from './output.ts'

export interface RetentionStatus extends RetentionReport {
  /** Days that things are kept. */
  keep: { bodies: number; receipts: number; events: number }
}

/** Prints what is stored, how old it is, and how long it is kept. */
export function retentionStatus(status: RetentionStatus, output: Output): void {
  output.show(status, ({ keep, partitions, daysAhead, keptBodies, oldestEvent, erasures }) => [
    ...table(
      ['TABLE', 'KEPT', 'OLDEST', 'BEYOND ITS TIME', 'BEING DROPPED'],
      (['bodies', 'receipts'] as const).map((name) =>
        partitionRow(
          name,
          keep[name],
          partitions.filter(({ parent }) => parent === name),
        ),
      ),
      '',
    ),
    '',
    `Partitions reach ${daysAhead} days ahead.`,
    `Event rows are kept for ${keep.events} days; the oldest came ${oldestEvent === null ? 'never' : oldestEvent.toISOString()}.`,
    `${keptBodies.rows} bodies live as long as their events are unfinished (${mebibytes(keptBodies.bytes)}).`,
    `${erasures.count} erasures${erasures.latest === null ? '' : `, the latest ${erasures.latest.toISOString()}`}.`,
  ])
}

function partitionRow(name: string, days: number, partitions: readonly DayPartition[]): string[] {
  const past = partitions.filter(({ ageDays }) => ageDays >= 0)
  return [
    name,
    `${days} days`,
    past[0] === undefined ? '-' : `${past[0].day} (${past[0].ageDays} days)`,
    String(past.filter(({ ageDays }) => ageDays > days).length),
    String(past.filter(({ state }) => state !== 'attached').length),
  ]
}

const mebibytes = (bytes: number): string => `${(bytes / 1024 ** 2).toFixed(1)} MiB`

export interface RetentionRun {
  dropped: DroppedPartition[]
  daysAhead: number
  keptBodies: number
  anomalies: number
  events: number
  lanes: number
  replays: number
  coverage: number
}

/** Says what a run of retention removed. */
export function retentionRun(run: RetentionRun, output: Output): void {
  output.show(run, ({ dropped, daysAhead, keptBodies, anomalies, events }) => [
    ...dropped.map(
      ({ name, kept }) => `Dropped ${name}${kept === 0 ? '' : `; ${kept} bodies of unfinished events were kept`}.`,
    ),
    `Dropped ${dropped.length} partitions, ${keptBodies} bodies of events that are finished by now, ${anomalies} anomalies and ${events} events.`,
    `Partitions reach ${daysAhead} days ahead.`,
  ])
}
