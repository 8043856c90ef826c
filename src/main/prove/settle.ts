import { setTimeout as delay } from 'node:timers/promises'
import type { World } from '../../simulator/world.ts'
import { listedUpTo } from '../../storage/list-coverage.ts'
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
  /** How long the lists may take. */
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
  const calmAt = Date.now()
  let unread = hooks.filter(({ world }) => isListed(world)).map(({ source }) => source)
  while (unread.length > 0 && Date.now() - calmAt < listedWithinMs) {
    say(`${backlog.unfinished} runs to go, and the providers’ lists to read`)
    await delay(LOOK_EVERY_MS)
    const upTo = await listedUpTo(pool)
    unread = unread.filter((source) => (upTo.get(source)?.getTime() ?? 0) <= calmAt)
  }
  // The last look may be older than what was recovered last.
  await delay(2 * LOOK_EVERY_MS)
  while (backlog.unfinished > 0 && !backlog.isStuck) {
    say(`${backlog.unfinished} runs to go`)
    await delay(LOOK_EVERY_MS)
  }
  return unread
}
