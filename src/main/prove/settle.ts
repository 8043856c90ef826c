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

/**
 * Resolves when every list has been read that shows what has happened so far, and every run of what it brought is closed; or when
 * waiting has no more sense.
 */
export async function settle(stage: ProveStage, backlog: Backlog, say: (news: string) => void): Promise<void> {
  const calmAt = new Date()
  const listed = stage.hooks.filter(({ world }) => isListed(world)).map(({ source }) => source)
  for (let isCovered = false; !isCovered && Date.now() - calmAt.getTime() < LISTED_WITHIN_MS;) {
    say(`${backlog.unfinished} runs to go, and the providers’ lists to read`)
    await delay(LOOK_EVERY_MS)
    const upTo = await listedUpTo(stage.pool)
    isCovered = listed.every((source) => (upTo.get(source)?.getTime() ?? 0) > calmAt.getTime())
  }
  // The last look may be older than what was recovered last.
  await delay(2 * LOOK_EVERY_MS)
  while (backlog.unfinished > 0 && !backlog.isStuck) {
    say(`${backlog.unfinished} runs to go`)
    await delay(LOOK_EVERY_MS)
  }
}
