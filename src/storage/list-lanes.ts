import type { Executor } from './pool.ts'

export interface ListedLane {
  source: string
  handler: string
  entity: string
  waiting: number
  /** The event at the head: it runs, or it died and blocks the lane. */
  head: string | null
  headState: 'running' | 'blocked' | null
  waitingSince: Date | null
}

/** Lanes with something in them, those that have waited longest first. */
export async function listLanes(
  executor: Executor,
  filter: { blocked: boolean; limit: number },
): Promise<ListedLane[]> {
  const { rows } = await executor.query<ListedLane>(
    `select l.source, l.handler, l.entity_kind || '/' || l.entity_id as entity,
       count(*) filter (where e.state = 'waiting')::integer as waiting,
       min(v.event_id) filter (where e.state <> 'waiting') as head,
       min(e.state) filter (where e.state <> 'waiting') as "headState",
       min(e.entered_at) filter (where e.state = 'waiting') as "waitingSince"
     from posthorn.lanes l join posthorn.lane_entries e using (lane) join posthorn.events v on v.key = e.key
     group by l.lane
     having not $1 or bool_or(e.state = 'blocked')
     order by min(e.entered_at) limit $2`,
    [filter.blocked, filter.limit],
  )
  return rows
}
