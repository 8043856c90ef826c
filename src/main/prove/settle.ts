import { setTimeout as delay } from 'node:timers/promises'
import type { World } from '../../simulator/world.ts'
import { listedUpTo } from '../../storage/list-coverage.ts'
import { readNow } from '../../storage/read-now.ts'
import type { Backlog } from './backlog.ts'
import type { ProveStage } from './prove-stage.ts'

const LOOK_EVERY_MS = 250
/** Far longer than any of the schedules waits. */
const LISTED_WITHIN_MS = 180_000

/** Whether its list tells what a lost webhook would have told. */
export const isListed = ({ provider }: World): boolean =>
  provider.listing !== undefined || provider.entityListing !== undefined

export interface SettleOptions {
  say: (news: string) => void
  /** How long the lists may take, once every run is closed. */
  listedWithinMs?: number
}

/**
 * Resolves when every list has been read that shows what has happened so far, and every run of what it brought is closed; or when
 * waiting has no more sense. What it resolves to are the sources whose list nobody has read.
 */
export async function settle(
  { hooks, pool }: Pick<ProveStage, 'hooks' | 'pool'>,
  backlog: Pick<Backlog, 'unfinished' | 'isStuck'>,
  { say, listedWithinMs = LISTED_WITHIN_MS }: SettleOptions,
): Promise<string[]> {
  // By the clock that the lists are kept by.
  const calmAt = await readNow(pool)
  const untilClosed = async (): Promise<void> => {
    // The last look may be older than what came last.
    do {
      say(`${backlog.unfinished} runs to go`)
      await delay(2 * LOOK_EVERY_MS)
    } while (backlog.unfinished > 0 && !backlog.isStuck)
  }
  await untilClosed()
  let unread = hooks.filter(({ world }) => isListed(world)).map(({ source }) => source)
  for (const deadline = Date.now() + listedWithinMs; ; await delay(LOOK_EVERY_MS)) {
    const upTo = await listedUpTo(pool)
    unread = unread.filter((source) => (upTo.get(source) ?? calmAt) <= calmAt)
    if (unread.length === 0 || backlog.isStuck || Date.now() > deadline) break
    say(`${backlog.unfinished} runs to go, and the lists of ${unread.join(', ')} to read`)
  }
  await untilClosed()
  return unread
}
