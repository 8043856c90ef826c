import type { EventState } from '../domain/event-state.ts'
import type { Executor } from './pool.ts'

export interface EventFilter {
  source?: string
  type?: string
  state?: EventState
  limit: number
}

export interface ListedEvent {
  source: string
  eventId: string
  type: string
  entity: string | null
  state: EventState
  reason: string | null
  receivedAt: Date
}

/** The latest events that fit, newest first. */
export async function listEvents(executor: Executor, filter: EventFilter): Promise<ListedEvent[]> {
  const { rows } = await executor.query<ListedEvent>(
    `select source, event_id as "eventId", type, entity_kind || '/' || entity_id as entity, state, state_reason as reason,
       received_at as "receivedAt"
     from posthorn.events
     where ($1::text is null or source = $1) and ($2::text is null or type = $2) and ($3::text is null or state = $3)
     order by received_at desc limit $4`,
    [filter.source ?? null, filter.type ?? null, filter.state ?? null, filter.limit],
  )
  return rows
}
