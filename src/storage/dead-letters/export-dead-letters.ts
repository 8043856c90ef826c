import { type StoredBody, findBody } from '../stored-event.ts'
import { eventKey } from '../event-key.ts'
import type { Executor } from '../pool.ts'
import type { DeadLetterPlace } from './cursor.ts'
import { fromCursor } from './cursor.ts'
import type { DeadLetterFilter } from './filter.ts'
import { type DeadLetter, listDeadLetters } from './list-dead-letters.ts'

export interface ExportedDeadLetter extends DeadLetter {
  /** The event as it was received; undefined when a person had it erased. */
  received: StoredBody | undefined
}

const PAGE = 200

/** Every dead letter that fits, oldest first. Bodies come one at a time, so that memory stays flat whatever their size. */
export async function* exportDeadLetters(
  executor: Executor,
  filter: DeadLetterFilter,
  from: DeadLetterPlace | undefined,
): AsyncGenerator<ExportedDeadLetter> {
  let after = from
  for (;;) {
    const page = await listDeadLetters(executor, { filter, order: 'oldest_first', after, limit: PAGE })
    for (const letter of page) {
      yield { ...letter, received: await findBody(executor, eventKey(letter.source, letter.eventId)) }
    }
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return
    after = fromCursor(last.cursor)
  }
}
