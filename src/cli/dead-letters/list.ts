import type { DeadLetter, DeadLetterGroup } from '../../storage/dead-letters/list-dead-letters.ts'
import { type Output, table } from '../output.ts'

export interface DeadLetterListing {
  deadLetters: readonly DeadLetter[]
  /** Where the next page begins; absent on the last one. */
  next?: string
}

const NONE = 'There are no such dead letters.'
/** Messages are cut in tables; `show` has them whole. */
const MESSAGE_WIDTH = 80

/** Prints one page of dead letters. */
export function showDeadLetters(listing: DeadLetterListing, output: Output): void {
  output.show(listing, ({ deadLetters, next }) => [
    ...table(
      ['DEAD SINCE', 'SOURCE', 'EVENT', 'TYPE', 'HANDLER', 'ATTEMPT', 'REPLAYS', 'FINGERPRINT', 'WHY'],
      deadLetters.map(toRow),
      NONE,
    ),
    ...(next === undefined ? [] : ['', `There are more: --after ${next}`]),
  ])
}

const toRow = (letter: DeadLetter): string[] => [
  letter.deadLetteredAt.toISOString(),
  letter.source,
  letter.eventId,
  letter.type,
  letter.handler,
  String(letter.attempt),
  letter.eventState === 'dead' ? String(letter.replays) : `${letter.replays} (under way)`,
  letter.fingerprint,
  oneLine(`${letter.code}: ${letter.message}`),
]

/** Prints dead letters by what they have in common. */
export function showDeadLetterGroups(groups: readonly DeadLetterGroup[], output: Output): void {
  output.show(groups, (kinds) =>
    table(
      ['COUNT', 'FINGERPRINT', 'HANDLER', 'FIRST', 'LATEST', 'FOR EXAMPLE'],
      kinds.map((kind) => [
        String(kind.count),
        kind.fingerprint,
        kind.handler,
        kind.firstAt.toISOString(),
        kind.latestAt.toISOString(),
        oneLine(`${kind.code}: ${kind.message}`),
      ]),
      NONE,
    ),
  )
}

function oneLine(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > MESSAGE_WIDTH ? `${line.slice(0, MESSAGE_WIDTH - 1)}…` : line
}
