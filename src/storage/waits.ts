import type { EventRef } from '../domain/event.ts'
import type { EventWait } from '../domain/waits.ts'
import { type Executor, type Pool, transaction } from './pool.ts'
import { type Claim, type EventColumns, toReference } from './queue.ts'
import type { RunKey } from './runs.ts'
import { lockEvents } from './settle.ts'

/** A wait of a run, as it is looked after. */
export interface RunWait extends RunKey, EventWait {
  workflowId: string
  /** The run's own, and so that of the event it waits for. */
  source: string
}

/**
 * Looks for the event that a run waits for, and registers the wait in the same transaction where it has not come. Whoever brings the
 * event commits it first and looks for waits afterwards, so one of the two sees the other; what is committed between this look and
 * this commit is seen by the second look. The last look leaves no row.
 */
export async function awaitEvent(pool: Pool, wait: RunWait, isLast: boolean): Promise<Claim['event'] | undefined> {
  const found = await transaction(pool, async (tx) => {
    // Closing takes the same lock: no wait is registered for a run that is closed.
    await lockEvents(tx, [wait.key])
    const stored = await findAwaited(tx, wait)
    if (stored !== undefined || isLast) await removeWait(tx, wait)
    else await registerWait(tx, wait)
    return stored
  })
  if (found !== undefined || isLast) return found
  const arrived = await findAwaited(pool, wait)
  if (arrived !== undefined) await removeWait(pool, wait)
  return arrived
}

/** What is parked does not fit its schema, and may not be what it says. */
async function findAwaited(executor: Executor, wait: RunWait): Promise<Claim['event'] | undefined> {
  const { rows } = await executor.query<EventColumns>({
    name: 'wait-find',
    text: `select key, source, provider, event_id, type, entity_kind, entity_id, api_version, tenant, account, received_at, occurred_at
           from posthorn.events
           where hashtextextended(type || ' ' || entity_id, 0) = hashtextextended($2::text || ' ' || $4::text, 0)
             and source = $1 and type = $2 and entity_kind = $3 and entity_id = $4 and key <> $5 and state <> 'parked'
           order by received_at desc limit 1`,
    values: [wait.source, wait.type, wait.entity.kind, wait.entity.id, wait.key],
  })
  return rows[0] && toReference(rows[0])
}

async function registerWait(tx: Executor, wait: RunWait): Promise<void> {
  await tx.query(
    `insert into posthorn.waits (key, handler, attempt, number, workflow_id, source, type, entity_kind, entity_id)
     select $1, $2, $3::integer, $4::integer, $5, $6, $7, $8, $9
     where not exists (select from posthorn.runs where (key, handler, attempt) = ($1, $2, $3))
     on conflict (key, handler, attempt, number) do update
     set type = excluded.type, entity_kind = excluded.entity_kind, entity_id = excluded.entity_id`,
    [...runOf(wait), wait.number, wait.workflowId, wait.source, wait.type, wait.entity.kind, wait.entity.id],
  )
}

async function removeWait(executor: Executor, wait: RunWait): Promise<void> {
  await executor.query(
    'delete from posthorn.waits where (key, handler, attempt, number) = ($1, $2, $3::integer, $4::integer)',
    [...runOf(wait), wait.number],
  )
}

const runOf = ({ key, handler, attempt }: RunKey): unknown[] => [key, handler, attempt]

/** The workflows of the runs that wait for an event. */
export async function waitersFor(
  executor: Executor,
  { source, type, entity }: Pick<EventRef, 'source' | 'type' | 'entity'>,
): Promise<string[]> {
  if (entity === undefined) return []
  const { rows } = await executor.query<{ workflow_id: string }>(
    `select distinct workflow_id from posthorn.waits
     where hashtextextended(type || ' ' || entity_id, 0) = hashtextextended($2::text || ' ' || $4::text, 0)
       and source = $1 and type = $2 and entity_kind = $3 and entity_id = $4`,
    [source, type, entity.kind, entity.id],
  )
  return rows.map((row) => row.workflow_id)
}
