import { deleteEffects } from './effects.ts'
import { type Executor, type Pool, transaction } from './pool.ts'

/** The receiver takes older events for baseline by the provider's clock, the key goes by ours: a day lies between. */
export const MARGIN_DAYS = 1

/** Where a batch ended: the next one begins behind it. */
export interface ExpiryCursor {
  receivedAt: string
  key: string
}

export interface ExpiredBatch {
  /** Rows of `events` that were deleted, each with all that hangs on it. */
  deleted: number
  /** Undefined when there was nothing left to look at. */
  next: ExpiryCursor | undefined
}

export interface ExpireEventsOptions {
  /** Of the activities: where the ledger of their effects stands. */
  effectsPool: Pool
  days: number
  after: ExpiryCursor | undefined
  /** Rows to look at. */
  limit: number
}

/**
 * Deletes finished events whose key need not be known any longer, and what hangs on them. Unfinished ones are passed over, and so
 * is an event that a transition holds right now: nobody waits for a deletion.
 */
export async function deleteExpiredEvents(pool: Pool, options: ExpireEventsOptions): Promise<ExpiredBatch> {
  const { effectsPool, limit } = options
  const { keys, next } = await transaction(pool, async (tx) => {
    const locked = await lockExpired(tx, options)
    const finished = await selectFinished(
      tx,
      locked.map(({ key }) => key),
    )
    await deleteEvents(tx, finished)
    return { keys: finished, next: locked.length < limit ? undefined : locked.at(-1) }
  })
  // Not before: an event that is there after all must find what it has done. What is cut off here, `deleteOrphanedEffects` finds.
  await deleteEffects(effectsPool, keys)
  return { deleted: keys.length, next }
}

const NIL = '00000000-0000-0000-0000-000000000000'

async function lockExpired(tx: Executor, { days, after, limit }: ExpireEventsOptions): Promise<ExpiryCursor[]> {
  const { rows } = await tx.query<ExpiryCursor>(
    `select key, received_at::text as "receivedAt" from posthorn.events
     where received_at < now() - $1 * interval '1 day' and received_at >= $2 and (received_at, key) > ($2, $3::uuid)
     order by received_at, key limit $4 for update skip locked`,
    [days + MARGIN_DAYS, after?.receivedAt ?? '-infinity', after?.key ?? NIL, limit],
  )
  return rows
}

/** With a snapshot that was taken after the lock: a replay that came first has its row in a work list by now. */
async function selectFinished(tx: Executor, keys: string[]): Promise<string[]> {
  const { rows } = await tx.query<{ key: string }>(
    'select key from unnest($1::uuid[]) as locked(key) where not exists (select from posthorn.unfinished u where u.key = locked.key)',
    [keys],
  )
  return rows.map(({ key }) => key)
}

async function deleteEvents(tx: Executor, keys: string[]): Promise<void> {
  for (const table of ['runs', 'run_failures', 'approvals', 'anomalies', 'unrouted', 'kept_bodies', 'events']) {
    await tx.query(`delete from posthorn.${table} where key = any($1::uuid[])`, [keys])
  }
}

/** Anomalies hold payloads, and live as long as bodies do. Returns how many were deleted, at most `limit`. */
export async function deleteExpiredAnomalies(executor: Executor, days: number, limit: number): Promise<number> {
  const { rowCount } = await executor.query(
    `delete from posthorn.anomalies where id in (
       select id from posthorn.anomalies where seen_at < now() - $1 * interval '1 day' limit $2)`,
    [days, limit],
  )
  return rowCount ?? 0
}
