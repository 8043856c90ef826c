import type { MirrorPreview } from '../../mirror/preview-mirror.ts'
import type { PreviewedRun, ReplayPreview } from '../../storage/replays/preview-replay.ts'
import { table } from '../output.ts'
import { mirrorLines } from './mirror-lines.ts'

export interface DryRun extends ReplayPreview {
  runs: number
  /** What would change in the mirror, for a few of them. */
  mirror: MirrorPreview[]
}

const SHOWN_RUNS = 10

/** What a replay would run, and what the mirror would become. */
export function previewLines({ runs, groups, sample, mirror }: DryRun): string[] {
  if (runs === 0) return ['Nothing would be replayed.']
  return [
    ...table(
      ['RUNS', 'SOURCE', 'TYPE', 'HANDLER'],
      groups.map((group) => [String(group.runs), group.source, group.type, group.handler ?? '(routed anew)']),
      '',
    ),
    '',
    ...table(['EVENT', 'RECEIVED', 'ATTEMPT', 'CODE'], sample.slice(0, SHOWN_RUNS).map(toRow), ''),
    ...(mirror.length === 0
      ? []
      : ['', 'The mirror, compared with what the providers say now:', ...mirrorLines(mirror)]),
    '',
    `${runs} ${runs === 1 ? 'run' : 'runs'} would be replayed. Nothing has been written.`,
  ]
}

const toRow = ({ event, attempt, code }: PreviewedRun): string[] => [
  event.eventId,
  event.receivedAt,
  String(attempt),
  code ?? '-',
]
