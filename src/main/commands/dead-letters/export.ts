import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type ExportSummary, exportLine, showExport, summaryLines } from '../../../cli/dead-letters/export.ts'
import { exportDeadLetters } from '../../../storage/dead-letters/export-dead-letters.ts'
import type { DeadLetterFilter } from '../../../storage/dead-letters/filter.ts'
import type { Pool } from '../../../storage/pool.ts'
import { withPool } from '../../process/postgres.ts'
import { readSettings } from '../../settings.ts'
import type { CommandContext } from '../context.ts'
import { readCursor } from './read-cursor.ts'

export interface ExportFlags extends DeadLetterFilter {
  file?: string
  after?: string
}

const SAY_EVERY = 1_000
const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** `posthorn dead-letters export`: writes dead letters with their bytes, at the pace of whoever reads them. */
export async function runExport({ environment, output }: CommandContext, flags: ExportFlags): Promise<void> {
  const { file, after, ...filter } = flags
  const place = readCursor(after)
  await withPool(readSettings(environment), async (pool) => {
    const summary: ExportSummary = { exported: 0 }
    const lines = Readable.from(exportLines(pool, { filter, place, summary }), { objectMode: false })
    if (file === undefined) {
      await pipeline(lines, process.stdout, { end: false })
      return summaryLines(summary).forEach(say)
    }
    // What a person exported before is not written over: they name another file, or where to go on.
    await pipeline(lines, createWriteStream(file, { flags: after === undefined ? 'wx' : 'a', mode: 0o600 }))
    showExport(summary, output)
  })
}

async function* exportLines(
  pool: Pool,
  {
    filter,
    place,
    summary,
  }: { filter: DeadLetterFilter; place: ReturnType<typeof readCursor>; summary: ExportSummary },
): AsyncGenerator<string> {
  for await (const letter of exportDeadLetters(pool, filter, place)) {
    yield exportLine(letter)
    summary.exported += 1
    summary.cursor = letter.cursor
    if (summary.exported % SAY_EVERY === 0) say(`${summary.exported} exported, the last one at ${letter.cursor}`)
  }
}
