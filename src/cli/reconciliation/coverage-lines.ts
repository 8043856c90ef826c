import type { CoverageWindow } from '../../storage/coverage.ts'
import { table } from '../output.ts'

const HEADINGS = [
  'SOURCE',
  'FROM',
  'TO',
  'STATE',
  'LISTED',
  'PRESENT',
  'RECOVERED',
  'BASELINE',
  'UNREACHABLE',
  'CONTRADICTED',
  'UNPROVABLE',
  'DOUBT',
]

/** The ledger, window by window. */
export const coverageLines = (windows: readonly CoverageWindow[]): string[] =>
  table(HEADINGS, windows.map(toRow), 'Nothing has been compared yet.')

const toRow = (window: CoverageWindow): string[] => [
  window.source,
  minute(window.from),
  minute(window.to),
  `${window.state} (${window.listings})`,
  ...[window.listed, window.present, window.recovered, window.baseline].map(String),
  ...[window.unreachable, window.contradicted, window.unprovable].map(String),
  window.doubt ?? '-',
]

export const minute = (time: Date | null): string =>
  time === null ? '-' : time.toISOString().replace('T', ' ').slice(0, 16)
