import { recordAudit } from '../audit-log.ts'
import { type Pool, transaction } from '../pool.ts'
import { type BulkReplayState, lockReplay } from './bulk-replay.ts'

/**
 * Ends a replay of many: nothing more of it is queued once this has committed; what is queued already runs to its end. Returns
 * the state it is in then; undefined where there is no such replay. One that has ended otherwise stays as it is.
 */
export async function cancelReplay(
  pool: Pool,
  id: string,
  by: { actor: string; reason?: string },
): Promise<BulkReplayState | undefined> {
  return transaction(pool, async (tx) => {
    const progress = await lockReplay(tx, id)
    if (progress === undefined) return undefined
    const { state, figures } = progress.replay
    if (state !== 'selecting' && state !== 'running') return state
    await tx.query(`update posthorn.replays set state = 'cancelled' where id = $1`, [id])
    await recordAudit(tx, { ...by, action: 'replays.cancel', target: { replay: id }, detail: { ...figures } })
    return 'cancelled'
  })
}
