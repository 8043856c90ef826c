import { eventKey } from './event-key.ts'
import type { Executor } from './pool.ts'
import { type Claim, type EventColumns, toReference } from './queue.ts'

/** What identifies a stored event and says what it is about; undefined where there is no such event. */
export async function findEvent(
  executor: Executor,
  source: string,
  eventId: string,
): Promise<Claim['event'] | undefined> {
  const { rows } = await executor.query<EventColumns>(
    `select key, source, provider, event_id, type, entity_kind, entity_id, api_version, tenant, account, received_at, occurred_at
     from posthorn.events where key = $1`,
    [eventKey(source, eventId)],
  )
  return rows[0] && toReference(rows[0])
}
