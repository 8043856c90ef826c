import type { Executor } from './pool.ts'

export interface SeenSlot {
  source: string
  /** Under which of the source's secrets events verified lately. */
  slot: string
}

/** Enough to see the last stragglers of a rotation, and read at once through the index on the time of receipt. */
const LATEST_EVENTS = 10_000

/** The secrets that the latest events verified with. */
export async function seenSecretSlots(executor: Executor): Promise<SeenSlot[]> {
  const { rows } = await executor.query<SeenSlot>(
    `select distinct source, secret_slot as slot
     from (select source, secret_slot from posthorn.events order by received_at desc limit $1) as latest`,
    [LATEST_EVENTS],
  )
  return rows
}
