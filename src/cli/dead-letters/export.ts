import type { ExportedDeadLetter } from '../../storage/dead-letters/export-dead-letters.ts'
import type { Output } from '../output.ts'
import { redactHeaders } from './show.ts'

/** One line of an export. */
export function exportLine({ received, ...letter }: ExportedDeadLetter): string {
  const bytes =
    received === undefined
      ? { headers: null, body: null }
      : { headers: redactHeaders(received.headers), body: received.body.toString('base64') }
  return `${JSON.stringify({ ...letter, ...bytes })}\n`
}

export interface ExportSummary {
  exported: number
  /** Where to go on later; absent when nothing was exported. */
  cursor?: string
}

/** Says what was exported, where the lines themselves went elsewhere. */
export const showExport = (summary: ExportSummary, output: Output): void => output.show(summary, summaryLines)

export const summaryLines = ({ exported, cursor }: ExportSummary): string[] => [
  `${exported} dead letters are exported.${cursor === undefined ? '' : ` To go on from here: --after ${cursor}`}`,
]
