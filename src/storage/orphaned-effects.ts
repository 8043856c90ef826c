import { deleteEffects } from './effects.ts'
import { MARGIN_DAYS } from './expire-rows.ts'
import type { Pool } from './pool.ts'

export interface OrphanedEffectsOptions {
  /** Of the activities: where the ledger of their effects stands. */
  effectsPool: Pool
  /** How long events are kept. */
  days: number
  /** From 0 on, one more for every run. */
  turn: number
  after: string | undefined
  /** Events to look for. */
  limit: number
}

/**
 * Deletes rows of the ledger that are as old as events become, and whose event is gone: whoever deleted it was cut off before they were.
 * Event keys are hashes, and a turn looks at those with one first byte, so that 256 turns have seen all of a ledger that may be long.
 * `next` is the event key behind which the next batch begins; undefined when there was nothing left to look at.
 */
export async function deleteOrphanedEffects(
  pool: Pool,
  { effectsPool, days, turn, after, limit }: OrphanedEffectsOptions,
): Promise<{ deleted: number; next: string | undefined }> {
  const byte = (turn % 256).toString(16).padStart(2, '0')
  const old = await effectsPool.query<{ key: string }>(
    `select distinct key from posthorn.effect_ledger
     where key > $1 and key <= $2 and started_at < now() - $3 * interval '1 day' order by key limit $4`,
    [after ?? `${byte}${'0'.repeat(30)}`, `${byte}${'f'.repeat(30)}`, days + MARGIN_DAYS, limit],
  )
  const keys = old.rows.map(({ key }) => key)
  const orphaned = await pool.query<{ key: string }>(
    'select key from unnest($1::uuid[]) as of_ledger(key) where not exists (select from posthorn.events e where e.key = of_ledger.key)',
    [keys],
  )
  await deleteEffects(
    effectsPool,
    orphaned.rows.map(({ key }) => key),
  )
  return { deleted: orphaned.rows.length, next: keys.length < limit ? undefined : keys.at(-1) }
}
