import type { BulkReplay, ReplayFigures } from '../../storage/replays/bulk-replay.ts'
import type { ReplayFilter } from '../../storage/replays/replay-filter.ts'
import type { SkippedItems } from '../../storage/replays/skipped-items.ts'
import { table } from '../output.ts'

/** Nobody has taken it on for so long: no worker runs, or none reaches Temporal. */
const STALE_MS = 30_000

/** A line for each replay. */
export const replayTable = (replays: readonly BulkReplay[]): string[] =>
  table(
    ['STARTED', 'REPLAY', 'STATE', 'PROGRESS', 'FAILED', 'BY', 'WHAT'],
    replays.map((replay) => [
      replay.createdAt.toISOString(),
      replay.id,
      stateOf(replay),
      `${closedRuns(replay.figures)}/${replay.figures.selected}`,
      String(replay.figures.failed),
      replay.actor,
      filterText(replay.filter),
    ]),
    'Nothing has been replayed by filter.',
  )

/** One replay, and why what was skipped of it was. */
export interface ReplayReport extends BulkReplay {
  skippedFor: SkippedItems
}

const SKIPPED_FOR: Record<keyof SkippedItems, string> = {
  run_open: 'had another run open to the end',
  superseded: 'had run again since',
  discarded: 'had been discarded',
  other_parked: 'are parked for another run',
  not_found: 'are gone',
}

/** All of one replay. */
export function replayLines(replay: ReplayReport, now: Date): string[] {
  const { figures, ramp, filter } = replay
  const rows: [string, string][] = [
    ['replay', replay.id],
    ['what', filterText(filter)],
    ['started', `${replay.createdAt.toISOString()} by ${replay.actor}: ${replay.reason}`],
    ['how', `${ramp.canary} first, at most ${ramp.rate} a second, stops above ${percent(ramp.stopAbove)} failed`],
    ['state', stateOf(replay)],
    ['selected', String(figures.selected)],
    ['processed', String(figures.processed)],
    ['ignored', String(figures.ignored)],
    ['failed', String(figures.failed)],
    ['skipped', skippedText(replay)],
    ['in flight', String(figures.inFlight)],
    ['waiting', String(figures.waiting)],
    ...(replay.endedAt === null ? [] : [['ended', replay.endedAt.toISOString()] as [string, string]]),
  ]
  return [
    ...rows.map(([name, value]) => `${name.padEnd(10)} ${value}`),
    ...staleLines(replay, now),
    ...openLines(replay),
  ]
}

function skippedText({ figures, skippedFor }: ReplayReport): string {
  const reasons = Object.entries(skippedFor).map(([refusal, n]) => `${n} ${SKIPPED_FOR[refusal as keyof SkippedItems]}`)
  return [String(figures.skipped), ...reasons].join(', ').replace(', ', ': ')
}

/** Nothing speaks against these but time. */
const openLines = ({ endedAt, skippedFor: { run_open: open = 0 } }: ReplayReport): string[] =>
  open === 0 || endedAt === null
    ? []
    : [
        `${open} not replayed: a run of their event was open. Once it has ended, start a replay with the same filter again.`,
      ]

/** How far it is, in one line. */
export function progressLine(replay: BulkReplay, now: Date): string {
  const { figures } = replay
  if (replay.state === 'selecting') return `${figures.selected} selected so far`
  const done = figures.selected === 0 ? 1 : (closedRuns(figures) + figures.skipped) / figures.selected
  const stage = replay.stage === 0 ? 'canary, ' : ''
  const failed = `${figures.failed} failed`
  const line = `${stage}${closedRuns(figures)} of ${figures.selected} (${percent(done)}), ${failed}, ${figures.inFlight} in flight`
  return isStale(replay, now) ? `${line}; nothing has moved it for ${seconds(replay, now)} s` : line
}

/** How it stands, or ended. */
export function stateOf({ state, ramp, endedAt, figures }: BulkReplay): string {
  const pending = endedAt === null && (state === 'stopped' || state === 'cancelled')
  const why = state === 'stopped' ? ` (more than ${percent(ramp.stopAbove)} failed)` : ''
  return `${state}${why}${pending ? `, ${figures.inFlight} still run` : ''}`
}

const filterText = ({ state, ...rest }: ReplayFilter): string =>
  [state, ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)].join(' ')

export const percent = (share: number): string => `${Number((share * 100).toFixed(1))} %`

const closedRuns = ({ processed, ignored, failed }: ReplayFigures): number => processed + ignored + failed

const seconds = ({ advancedAt }: BulkReplay, now: Date): number =>
  Math.round((now.getTime() - advancedAt.getTime()) / 1000)

const isStale = (replay: BulkReplay, now: Date): boolean =>
  replay.endedAt === null && now.getTime() - replay.advancedAt.getTime() > STALE_MS

function staleLines(replay: BulkReplay, now: Date): string[] {
  if (!isStale(replay, now)) return []
  return [
    `Nothing has moved it for ${seconds(replay, now)} s: see that \`posthorn work\` runs and reaches Temporal (\`posthorn doctor\`).`,
  ]
}
