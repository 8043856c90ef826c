import { recordAudit } from '../audit-log.ts'
import { type Pool, transaction } from '../pool.ts'
import { judgeReplay } from './advance-replay.ts'
import { type BulkReplayState, lockReplay } from './bulk-replay.ts'

/**
 * Ends a replay of many: nothing more of it is queued once this has committed; what is queued already runs to its end. Where nothing
 * is, it has ended with that, whether a workflow takes it on or not. Returns the state it is in then; undefined where there is no such
 * replay. One that has ended otherwise stays as it is.
 */
export async function cancelReplay(
  pool: Pool,
  id: string,
  by: { actor: string; reason?: string },
): Promise<BulkReplayState | undefined> {
  return transaction(pool, async (tx) => {
    const progress = await lockReplay(tx, id)
    if (progress === undefined) return undefined
    const { replay } = progress
    if (replay.endedAt !== null) return replay.state
    if (replay.state === 'selecting' || replay.state === 'running') {
      replay.state = 'cancelled'
      await recordAudit(tx, { ...by, action: 'replays.cancel', target: { replay: id }, detail: { ...replay.figures } })
    }
    return (await judgeReplay(tx, progress)).state
  })
}
