import type { Executor } from '../pool.ts'

export interface DeadLetterCounts {
  depth: number
  /** Those that came, or came back, within the window. */
  recent: number
}

/** How many dead letters there are, and how many of them are newer than `windowMs`. */
export async function countDeadLetters(executor: Executor, windowMs: number): Promise<DeadLetterCounts> {
  const { rows } = await executor.query<DeadLetterCounts>(
    `select count(*)::integer as depth,
       count(*) filter (where dead_lettered_at > now() - $1 * interval '1 millisecond')::integer as recent
     from posthorn.dead_letters`,
    [windowMs],
  )
  return rows[0] as DeadLetterCounts
}
