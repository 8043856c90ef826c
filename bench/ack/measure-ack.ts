import { randomBytes } from 'node:crypto'
import type { Progress } from '../../src/stack/progress.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import { type Pool, createPool } from '../../src/storage/pool.ts'
import { type Rates, median, rounded } from '../statistics.ts'
import { type LoadResult, applyLoad } from './apply-load.ts'
import { MODES, type Mode } from './mode-inbox.ts'
import { type ReceiverProcess, startReceiver } from './start-receiver.ts'
import { prepareWebhooks } from './webhooks.ts'

export interface AckOptions {
  /** Migrated and empty. */
  databaseUrl: string
  rounds: number
  roundMs: number
  warmUpMs: number
  connections: number
  progress: Progress
}

export type AckRun = Record<Mode, Rates>

/** Medians of the runs; `rss` is the peak of the product's receiver, in MB. */
export interface AckResult extends AckRun {
  rss: number
  runs: AckRun[]
}

/** Far more than any of the modes can do, for the first round. */
const MAX_RATE = 25_000

/**
 * What it costs to make events durable before they are acknowledged. The modes take turns, so that what else the machine does
 * falls on all of them.
 * @throws Error when an event was acknowledged and is not stored.
 */
export async function measureAck(options: AckOptions): Promise<AckResult> {
  const { databaseUrl, progress } = options
  const secret = `whsec_${randomBytes(24).toString('base64')}`
  const pool = createPool({ url: databaseUrl, max: 1, name: 'posthorn-bench', onError: () => undefined })
  const receivers = new Map<Mode, ReceiverProcess>()
  try {
    await ensurePartitions(pool)
    for (const mode of MODES) receivers.set(mode, await startReceiver({ mode, databaseUrl, secret }))
    const { runs, stored } = await takeTurns(receivers, secret, options)
    await assertStored(pool, stored)
    progress(`${stored} events were acknowledged as stored, and are`)
    const group = receivers.get('group') as ReceiverProcess
    return { ...medians(runs), rss: rounded((await group.usage()).peakRssMb, 1), runs }
  } finally {
    await Promise.all([...receivers.values()].map((receiver) => receiver.stop()))
    await pool.end()
  }
}

async function takeTurns(
  receivers: ReadonlyMap<Mode, ReceiverProcess>,
  secret: string,
  { rounds, roundMs, warmUpMs, connections, progress }: AckOptions,
): Promise<{ runs: AckRun[]; stored: number }> {
  const rates = new Map<Mode, number>()
  let stored = 0

  async function round(mode: Mode, forMs: number): Promise<LoadResult> {
    const { port } = receivers.get(mode) as ReceiverProcess
    const count = Math.ceil(((rates.get(mode) ?? MAX_RATE) * forMs) / 1_000) + connections
    const result = await applyLoad({ port, connections, forMs, requests: prepareWebhooks(count, secret) })
    rates.set(mode, 1.5 * result.rps)
    if (mode !== 'none') stored += result.answered
    return result
  }

  for (const mode of MODES) await round(mode, warmUpMs)
  const runs: AckRun[] = []
  for (let number = 1; number <= rounds; number++) {
    const run: Partial<AckRun> = {}
    for (const mode of MODES) {
      const { rps, p50, p99 } = await round(mode, roundMs)
      run[mode] = { rps: rounded(rps, 0), p50: rounded(p50), p99: rounded(p99) }
      progress(`round ${number} of ${rounds}, ${mode}: ${run[mode].rps}/s`)
    }
    runs.push(run as AckRun)
  }
  return { runs, stored }
}

function medians(runs: readonly AckRun[]): AckRun {
  const of = (mode: Mode): Rates => ({
    rps: rounded(median(runs.map((run) => run[mode].rps)), 0),
    p50: rounded(median(runs.map((run) => run[mode].p50))),
    p99: rounded(median(runs.map((run) => run[mode].p99))),
  })
  return { none: of('none'), insert: of('insert'), group: of('group') }
}

/** Every event with its body, its place in the queue and nothing besides. */
async function assertStored(pool: Pool, expected: number): Promise<void> {
  const { rows } = await pool.query<Record<string, number>>(
    `select (select count(*)::integer from posthorn.events) as events,
       (select count(*)::integer from posthorn.events e join posthorn.bodies b on b.key = e.key and b.day = e.body_day) as bodies,
       (select count(*)::integer from posthorn.queue join posthorn.events using (key)) as queued`,
  )
  for (const [what, count] of Object.entries(rows[0] ?? {})) {
    if (count !== expected) throw new Error(`${expected} events were acknowledged, but ${what} are ${count}`)
  }
}
