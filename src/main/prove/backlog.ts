import { setTimeout as delay } from 'node:timers/promises'
import type { Pool } from '../../storage/pool.ts'
import { countUnfinished } from '../../storage/probe.ts'

/** How much work is left, looked at again and again, also while the database is away. */
export interface Backlog {
  /** Runs that wait or are under way, as of the last look. */
  readonly unfinished: number
  /** Nothing has moved for minutes. */
  readonly isStuck: boolean
  /** So many runs more are on their way to the inbox. */
  expect(count: number): void
  /** Resolves when fewer than this are left, or nothing moves any more. */
  untilBelow(count: number): Promise<void>
  stop(): Promise<void>
}

const LOOK_EVERY_MS = 200
/** Longer than a part is down and the engine's longest wait between two tries of what it interrupted. */
const STUCK_AFTER_MS = 180_000

export function watchBacklog(pool: Pool): Backlog {
  let unfinished = 0
  let expected = 0
  let movedAt = Date.now()
  let isStopped = false
  const isStuck = (): boolean => Date.now() - movedAt > STUCK_AFTER_MS

  async function look(): Promise<void> {
    const expectedBefore = expected
    const count = await countUnfinished(pool)
    if (count !== unfinished || count === 0) movedAt = Date.now()
    unfinished = count
    expected -= expectedBefore
  }

  async function watch(): Promise<void> {
    for (; !isStopped; await delay(LOOK_EVERY_MS)) await look().catch(() => undefined)
  }

  const watching = watch()
  return {
    get unfinished() {
      return unfinished
    },
    get isStuck() {
      return isStuck()
    },
    expect: (count) => void (expected += count),
    async untilBelow(count) {
      while (unfinished + expected >= count && !isStuck()) await delay(LOOK_EVERY_MS / 4)
    },
    async stop() {
      isStopped = true
      await watching
    },
  }
}
