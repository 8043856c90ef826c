import { showDeadLetterGroups, showDeadLetters } from '../../../cli/dead-letters/list.ts'
import type { DeadLetterFilter } from '../../../storage/dead-letters/filter.ts'
import { groupDeadLetters, listDeadLetters } from '../../../storage/dead-letters/list-dead-letters.ts'
import { withPool } from '../../process/postgres.ts'
import { readSettings } from '../../settings.ts'
import type { CommandContext } from '../context.ts'
import { readCursor } from './read-cursor.ts'

export interface ListFlags extends DeadLetterFilter {
  group: boolean
  after?: string
  limit: number
}

/** `posthorn dead-letters list`: prints one page of dead letters, or their kinds. */
export async function runList({ environment, output }: CommandContext, flags: ListFlags): Promise<void> {
  const { group, after, limit, ...filter } = flags
  const place = readCursor(after)
  await withPool(readSettings(environment), async (pool) => {
    if (group) return showDeadLetterGroups(await groupDeadLetters(pool, filter, limit), output)
    const deadLetters = await listDeadLetters(pool, { filter, order: 'newest_first', after: place, limit })
    const next = deadLetters.length === limit ? deadLetters.at(-1)?.cursor : undefined
    showDeadLetters({ deadLetters, ...(next !== undefined && { next }) }, output)
  })
}
