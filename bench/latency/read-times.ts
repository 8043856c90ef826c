import { setTimeout as delay } from 'node:timers/promises'
import { eventWorkflowId } from '../../src/domain/workflow-id.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { connectClient, resolveTemporal } from '../../src/temporal/connection.ts'
import type { Servers } from '../with-servers.ts'
import { firstTaskAt } from './first-task-at.ts'

/** For each event, counted from the answer that its sender read, in ms. */
export interface EventTimes {
  /** Until a worker took up the workflow of the event. */
  started: number[]
  /** Until all runs of the event had closed. */
  processed: number[]
}

const PROCESSED_TIMEOUT_MS = 60_000
/** Histories that are read side by side. */
const READ_AT_ONCE = 50

/**
 * Waits until all events are processed. All is on one machine: its clock is that of the sender, of Postgres and of Temporal.
 * @throws Error when an event is not processed.
 */
export async function readTimes(
  pool: Pool,
  servers: Servers,
  answeredAt: ReadonlyMap<string, number>,
): Promise<EventTimes> {
  const closed = await untilProcessed(pool, [...answeredAt.keys()])
  const sinceAnswer = (run: ClosedRun, at: number): number => at - (answeredAt.get(run.eventId) as number)
  const { client, connection } = await connectClient(
    resolveTemporal({ TEMPORAL_ADDRESS: servers.temporalAddress, TEMPORAL_NAMESPACE: servers.temporalNamespace }),
  )
  try {
    const started: number[] = []
    for (let from = 0; from < closed.length; from += READ_AT_ONCE) {
      const times = closed.slice(from, from + READ_AT_ONCE).map(async (run) => {
        const history = await client.workflow.getHandle(eventWorkflowId(run)).fetchHistory()
        return sinceAnswer(run, firstTaskAt(history))
      })
      started.push(...(await Promise.all(times)))
    }
    return { started, processed: closed.map((run) => sinceAnswer(run, run.closedAt)) }
  } finally {
    await connection.close()
  }
}

interface ClosedRun {
  key: string
  source: string
  eventId: string
  handler: string
  attempt: number
  /** When the transaction began that closed the event's last run; it commits some ms later. */
  closedAt: number
}

async function untilProcessed(pool: Pool, eventIds: string[]): Promise<ClosedRun[]> {
  const deadline = Date.now() + PROCESSED_TIMEOUT_MS
  for (;;) {
    const { rows } = await pool.query<ClosedRun>(
      `select key, e.source, e.event_id as "eventId", r.handler, r.attempt, extract(epoch from e.state_at)::float8 * 1000 as "closedAt"
       from posthorn.events e join posthorn.runs r using (key)
       where e.event_id = any($1) and e.state = 'processed' and r.handler <> 'mirror'`,
      [eventIds],
    )
    if (rows.length === eventIds.length) return rows
    if (Date.now() > deadline) throw new Error(`of ${eventIds.length} events only ${rows.length} were processed`)
    await delay(200)
  }
}
