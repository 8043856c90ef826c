import { type Executor, type Pool, transaction } from './pool.ts'
import { CLAIMED, type Claim, claimed, takeFromQueue } from './queue.ts'
import { lockEvents } from './settle.ts'

/**
 * Puts a claimed run of a paused route aside. `isOnlyRun`: the claim has no other run to start, so its row leaves the queue. A claim
 * whose lease was lost changes nothing.
 */
export async function holdRun(pool: Pool, claim: Claim, run: { handler: string; isOnlyRun: boolean }): Promise<void> {
  await transaction(pool, async (tx) => {
    await tx.query(
      `insert into posthorn.held_runs (handler, key, source, priority, seq, queue_handler, attempt, claims)
       select $5, key, source, priority, seq, handler, attempt, claims from posthorn.queue where ${CLAIMED}
       on conflict do nothing`,
      [...claimed(claim), run.handler],
    )
    if (run.isOnlyRun) await takeFromQueue(tx, claim)
  })
}

/** Handlers for which runs are held, paused or not: one step of the index for each, however many runs it has. */
export async function heldHandlers(executor: Executor): Promise<string[]> {
  const { rows } = await executor.query<{ handler: string }>({
    name: 'held-handlers',
    text: `
      with recursive handlers as (
        (select handler from posthorn.held_runs order by handler limit 1)
        union all
        select next.handler from handlers h cross join lateral (
          select handler from posthorn.held_runs r where r.handler > h.handler order by handler limit 1) next
      )
      select handler from handlers`,
  })
  return rows.map(({ handler }) => handler)
}

/** How many runs wait for each paused route. */
export async function countHeldRuns(executor: Executor): Promise<Map<string, number>> {
  const { rows } = await executor.query<{ handler: string; count: number }>(
    'select handler, count(*)::integer as count from posthorn.held_runs group by handler',
  )
  return new Map(rows.map(({ handler, count }) => [handler, count]))
}

/**
 * Puts runs of a resumed route back where they stood in the queue, the oldest first. Returns how many. A row that still stands there,
 * because another run of its event is just being started, is left for the next time: it would go with that run.
 */
export async function releaseHeldRuns(pool: Pool, handler: string, limit: number): Promise<number> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ key: string }>(
      `select key from posthorn.held_runs h where handler = $1
         and not exists (select from posthorn.queue q where (q.source, q.priority, q.seq) = (h.source, h.priority, h.seq))
       order by seq limit $2 for update skip locked`,
      [handler, limit],
    )
    const keys = rows.map(({ key }) => key)
    if (keys.length === 0) return 0
    await lockEvents(tx, keys)
    // An event whose mirror ran meanwhile was dispatched; now something of it waits again.
    await tx.query(
      `with back as (
         delete from posthorn.held_runs where handler = $1 and key = any($2::uuid[])
         returning source, priority, seq, key, queue_handler, attempt, claims
       ), waiting as (
         update posthorn.events set state = 'received', state_at = now()
         where key in (select key from back) and state = 'dispatched'
       )
       insert into posthorn.queue (source, priority, seq, key, handler, attempt, claims)
       overriding system value select * from back on conflict do nothing`,
      [handler, keys],
    )
    return keys.length
  })
}
