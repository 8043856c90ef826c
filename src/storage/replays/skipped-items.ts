import type { Executor } from '../pool.ts'
import type { ReplayRefusal } from '../queue-replays.ts'

/** How many items of a replay were skipped, by why. */
export type SkippedItems = Partial<Record<ReplayRefusal, number>>

/** Reads all of its items: for a person who asks about one replay. */
export async function countSkipped(executor: Executor, id: string): Promise<SkippedItems> {
  const { rows } = await executor.query<{ refusal: ReplayRefusal; items: number }>(
    `select outcome as refusal, count(*)::integer as items from posthorn.replay_items
     where replay_id = $1 and outcome is not null and queued_at is null group by outcome order by items desc, outcome`,
    [id],
  )
  return Object.fromEntries(rows.map(({ refusal, items }) => [refusal, items]))
}
