import type { Progress } from '../../src/stack/progress.ts'
import { type Pool, createPool } from '../../src/storage/pool.ts'
import { type Percentiles, median, percentiles, rounded } from '../statistics.ts'
import type { Servers } from '../with-servers.ts'
import { readTimes } from './read-times.ts'
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

async function readRun(pool: Pool, servers: Servers, answeredAt: ReadonlyMap<string, number>): Promise<LatencyRun> {
  const { started, processed } = await readTimes(pool, servers, answeredAt)
  return { started: percentiles(started), processed: percentiles(processed) }
}

function medians(runs: readonly LatencyRun[]): LatencyRun {
  const of = (what: keyof LatencyRun): Percentiles => ({
    p50: rounded(median(runs.map((run) => run[what].p50)), 1),
    p99: rounded(median(runs.map((run) => run[what].p99)), 1),
  })
  return { started: of('started'), processed: of('processed') }
}
