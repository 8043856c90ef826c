import type { Executor } from './pool.ts'

/** What a replay selected goes with the events; the replay itself, of which the audit log speaks, goes once nothing of it is left. */
export async function deleteExpiredReplayItems(executor: Executor, days: number, limit: number): Promise<number> {
  const { rowCount } = await executor.query(
    `delete from posthorn.replay_items where (replay_id, position) in (
       select i.replay_id, i.position from posthorn.replay_items i join posthorn.replays r on r.id = i.replay_id
       where r.ended_at < now() - $1 * interval '1 day' limit $2)`,
    [days, limit],
  )
  return rowCount ?? 0
}

/** After their items, which would go with them in one long statement. */
export async function deleteExpiredReplays(executor: Executor, days: number, limit: number): Promise<number> {
  const { rowCount } = await executor.query(
    `delete from posthorn.replays where id in (
       select id from posthorn.replays r where ended_at < now() - $1 * interval '1 day'
         and not exists (select from posthorn.replay_items i where i.replay_id = r.id) limit $2)`,
    [days, limit],
  )
  return rowCount ?? 0
}

/** Windows whose events are not known any more, and so can be compared with nothing. The latest of a source is its watermark, and stays. */
export async function deleteExpiredCoverage(executor: Executor, days: number, limit: number): Promise<number> {
  const { rowCount } = await executor.query(
    `delete from posthorn.coverage where (source, origin, from_at, to_at) in (
       select source, origin, from_at, to_at from posthorn.coverage c
       where state = 'closed' and to_at < now() - $1 * interval '1 day' and exists (
         select from posthorn.coverage later where later.source = c.source and later.origin = c.origin and later.to_at > c.to_at)
       limit $2)`,
    [days, limit],
  )
  return rowCount ?? 0
}
