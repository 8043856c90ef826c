import type { Executor } from './pool.ts'
import { WAKE_UP } from './wake-up.ts'

interface PromotedRun {
  source: string
  priority: number
  key: string
  handler: string
  attempt: number
}

/** SQL: whether the first entry `e` of the lane `l` need not wait for what the provider's sequence has before it. */
export const IS_NEXT = `(not e.is_sequenced or l.last_sequence is null or e.position <= l.last_sequence + 1
  or e.entered_at <= now() - l.gap_wait_ms * interval '1 millisecond')`

/** The head of each lane that holds no run may go, unless it stands behind a gap that is still waited for. Lock the lanes first. */
export async function promoteHeads(tx: Executor, lanes: string[]): Promise<PromotedRun[]> {
  const { rows } = await tx.query<PromotedRun>(
    `with head as (
       select distinct on (lane) lane, key, l.source, l.handler, ${IS_NEXT} as is_next
       from posthorn.lanes l join posthorn.lane_entries e using (lane)
       where lane = any($1::uuid[])
         and not exists (select 1 from posthorn.lane_entries r where r.lane = l.lane and r.state <> 'waiting')
       order by lane, position, entered_at
     )
     update posthorn.lane_entries e set state = 'running'
     from head h where e.lane = h.lane and e.key = h.key and h.is_next
     returning h.source, e.priority, e.key, h.handler, e.attempt`,
    [lanes],
  )
  return rows
}

/** Puts runs where a dispatcher finds them, and tells it with the commit. */
export async function requeue(tx: Executor, runs: PromotedRun[]): Promise<void> {
  if (runs.length === 0) return
  await tx.query(
    `insert into posthorn.queue (source, priority, key, handler, attempt)
     select * from json_to_recordset($1) as r(source text, priority smallint, key uuid, handler text, attempt integer)`,
    [JSON.stringify(runs)],
  )
  await tx.query(WAKE_UP)
}
