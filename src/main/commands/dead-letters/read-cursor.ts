import { CommandError } from '../../../cli/exit-codes.ts'
import { type DeadLetterPlace, fromCursor } from '../../../storage/dead-letters/cursor.ts'

/** @throws CommandError when the text is no cursor of ours. */
export function readCursor(text: string | undefined): DeadLetterPlace | undefined {
  const place = text === undefined ? undefined : fromCursor(text)
  if (text !== undefined && place === undefined) {
    throw new CommandError('usage', `"${text}" is no cursor: --after takes one that list or export has printed.`)
  }
  return place
}
