import { setTimeout as delay } from 'node:timers/promises'
import { eventWorkflowId } from '../../src/domain/workflow-id.ts'
import type { Progress } from '../../src/stack/progress.ts'
import { type Pool, createPool } from '../../src/storage/pool.ts'
import { connectClient, resolveTemporal } from '../../src/temporal/connection.ts'
import { median, percentile, rounded } from '../statistics.ts'
import type { Servers } from '../with-servers.ts'
import { firstTaskAt } from './first-task-at.ts'
import { sendSteadily } from './send-steadily.ts'
import { startPosthorn } from './start-posthorn.ts'

export interface LatencyOptions {
  servers: Servers
  rounds: number
  roundMs: number
  warmUpMs: number
  perSecond: number
  progress: Progress
}

interface Percentiles {
  p50: number
  p99: number
}

/** Counted from the answer that the sender read, in ms. */
export interface LatencyRun {
  /** Until a worker took up the workflow of the event. */
  started: Percentiles
  /** Until all runs of the event had closed. */
  processed: Percentiles
}

/** Medians of the runs. */
export interface LatencyResult extends LatencyRun {
  runs: LatencyRun[]
}

const PROCESSED_TIMEOUT_MS = 60_000

/**
 * The whole product on one machine: receiver, worker, Postgres, Temporal. The event is a call that ended: a canonical read from an
 * API on this machine, a row written by the handler, and the mirror beside it.
 * @throws Error when an event is not processed.
 */
export async function measureLatency(options: LatencyOptions): Promise<LatencyResult> {
  const { servers, rounds, roundMs, warmUpMs, perSecond, progress } = options
  const posthorn = await startPosthorn(servers)
  const pool = createPool({ url: servers.databaseUrl, max: 1, name: 'posthorn-bench', onError: () => undefined })
  try {
    await sendSteadily({ ...posthorn, perSecond, forMs: warmUpMs })
    const runs: LatencyRun[] = []
    for (let number = 1; number <= rounds; number++) {
      const answeredAt = await sendSteadily({ ...posthorn, perSecond, forMs: roundMs })
      const run = await readRun(pool, servers, answeredAt)
      progress(`round ${number} of ${rounds}: started p50 ${run.started.p50} ms, processed p50 ${run.processed.p50} ms`)
      runs.push(run)
    }
    return { ...medians(runs), runs }
  } finally {
    await pool.end()
    await posthorn.stop()
  }
}

/** All on one machine: its clock is that of the sender, of Postgres and of Temporal. */
async function readRun(pool: Pool, servers: Servers, answeredAt: ReadonlyMap<string, number>): Promise<LatencyRun> {
  const closed = await untilProcessed(pool, [...answeredAt.keys()])
  const { client, connection } = await connectClient(
    resolveTemporal({ TEMPORAL_ADDRESS: servers.temporalAddress, TEMPORAL_NAMESPACE: servers.temporalNamespace }),
  )
  try {
    const started = await Promise.all(
      closed.map(async (run) => {
        const history = await client.workflow.getHandle(eventWorkflowId(run)).fetchHistory()
        return firstTaskAt(history) - (answeredAt.get(run.eventId) as number)
      }),
    )
    const processed = closed.map((run) => run.closedAt - (answeredAt.get(run.eventId) as number))
    return { started: percentiles(started), processed: percentiles(processed) }
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

function percentiles(values: readonly number[]): Percentiles {
  const sorted = Float64Array.from(values)
  return { p50: rounded(percentile(sorted, 0.5), 1), p99: rounded(percentile(sorted, 0.99), 1) }
}

function medians(runs: readonly LatencyRun[]): LatencyRun {
  const of = (what: keyof LatencyRun): Percentiles => ({
    p50: rounded(median(runs.map((run) => run[what].p50)), 1),
    p99: rounded(median(runs.map((run) => run[what].p99)), 1),
  })
  return { started: of('started'), processed: of('processed') }
}
