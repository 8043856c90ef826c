import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { createOutput } from '../../src/cli/output.ts'
import type { ReconcileRequest, ReconcileTotals } from '../../src/domain/reconciliation.ts'
import { runBuild } from '../../src/main/commands/build.ts'
import { runMigrate } from '../../src/main/commands/migrate.ts'
import { runSetup } from '../../src/main/commands/setup.ts'
import type { Progress } from '../../src/stack/progress.ts'
import { type Pool, createPool } from '../../src/storage/pool.ts'
import { registerSources } from '../../src/storage/sources.ts'
import { connectClient, resolveTemporal } from '../../src/temporal/connection.ts'
import { startReconcile } from '../../src/temporal/start-reconcile.ts'
import { type PosthornProcess, startPosthorn } from '../../test/chaos/posthorn-process.ts'
import { peakMemory } from '../peak-memory.ts'
import { SHIPPED_PROGRAM, compileProgram } from '../shipped-program.ts'
import { rounded } from '../statistics.ts'
import type { Servers } from '../with-servers.ts'
import { type ListApi, type ListedEvents, isMissing, startListApi, storeArrived } from './listed-events.ts'

export interface ReconcileLoad {
  servers: Servers
  /** Listed events, and of how many one is missing. */
  events: number
  missingEvery: number
  /** As in production: the compiled program, with what `posthorn build` makes. Else from the sources. */
  isBuilt: boolean
  progress: Progress
}

export interface ReconcileMeasure {
  events: number
  missing: number
  recovered: number
  pages: number
  /** Pages that were asked for again: one at most was under way when the worker died. */
  pages_read_again: number
  /** Of the worker's process: before the list, and at most, in MB. */
  rss_idle: number
  rss_peak: number
  seconds: number
}

/** Node takes half of a container's memory for its heap. Where there is much, V8 lets garbage lie until it is most of it. */
const CONTAINER_MB = 320
const DAY_MS = 86_400_000

/**
 * A list that is read by a worker which is killed in the middle, and to its end by another one.
 * @throws Error when what was recovered is not exactly what was missing.
 */
export async function measureReconcile({ servers, progress, ...load }: ReconcileLoad): Promise<ReconcileMeasure> {
  const end = new Date(Math.floor(Date.now() / 1000) * 1000 - 600_000)
  const events: ListedEvents = {
    count: load.events,
    missingEvery: load.missingEvery,
    end,
    gapMs: (0.9 * DAY_MS) / load.events,
  }
  const api = await startListApi(events)
  const environment = environmentFor(servers, api.url)
  const context = { environment, output: createOutput({ json: true, write: () => undefined }) }
  if (load.isBuilt) {
    compileProgram()
    await runBuild(context)
  }
  await runMigrate(context)
  await runSetup(context)
  const pool = createPool({ url: servers.databaseUrl, max: 2, name: 'posthorn-bench', onError: () => undefined })
  let worker: PosthornProcess | undefined
  try {
    await registerSources(pool, [
      { id: 'stripe', provider: 'stripe', name: 'stripe', connectedAt: new Date(end.getTime() - 2 * DAY_MS) },
    ])
    await storeArrived(pool, events)
    progress(`${load.events} events are listed, of which one in ${load.missingEvery} never arrived`)
    worker = await startWorker(environment, load)
    const idle = peakMemory(worker.pid)
    const startedAt = performance.now()
    const asked = { from: new Date(end.getTime() - DAY_MS).toISOString(), to: end.toISOString() }
    const result = reconcile(servers, { source: 'stripe', asked })
    await untilHalf(api, load.events)
    const first = peakMemory(worker.pid)
    await worker.kill()
    progress(`killed the worker after ${api.pages.size} pages`)
    worker = await startWorker(environment, load)
    const totals = await result
    const seconds = rounded((performance.now() - startedAt) / 1000, 1)
    return {
      events: load.events,
      missing: await countMissing(pool, events, totals),
      recovered: totals.recovered,
      pages: api.pages.size,
      pages_read_again: [...api.pages.values()].filter((times) => times > 1).length,
      rss_idle: idle,
      rss_peak: Math.max(first, peakMemory(worker.pid)),
      seconds,
    }
  } finally {
    await worker?.kill()
    await pool.end()
    api.stop()
  }
}

function startWorker(environment: Record<string, string>, { isBuilt }: { isBuilt: boolean }): Promise<PosthornProcess> {
  if (!isBuilt) return startPosthorn('work', environment)
  const production = { NODE_ENV: 'production', NODE_OPTIONS: `--max-old-space-size=${CONTAINER_MB / 2}` }
  return startPosthorn('work', { ...environment, ...production }, SHIPPED_PROGRAM)
}

async function untilHalf(api: ListApi, events: number): Promise<void> {
  while (api.pages.size < events / 100 / 2) await delay(10)
}

async function reconcile(servers: Servers, request: ReconcileRequest): Promise<ReconcileTotals> {
  const { client, connection } = await connectClient(
    resolveTemporal({ TEMPORAL_ADDRESS: servers.temporalAddress, TEMPORAL_NAMESPACE: servers.temporalNamespace }),
  )
  try {
    const handle = await startReconcile(client, request)
    return (await handle.result()) as ReconcileTotals
  } finally {
    await connection.close()
  }
}

async function countMissing(pool: Pool, events: ListedEvents, totals: ReconcileTotals): Promise<number> {
  const indices = Array.from({ length: events.count }, (_, index) => index)
  const missing = indices.filter((index) => isMissing(events, index)).length
  const { rows } = await pool.query<{ recovered: number; notes: number }>(
    `select (select count(*) from posthorn.events where secret_slot = 'api')::integer as recovered,
       (select count(*) from posthorn.listed_events)::integer as notes`,
  )
  const [row] = rows
  if (row?.recovered !== missing || totals.recovered !== missing || row.notes !== 0) {
    throw new Error(
      `${missing} were missing; ${row?.recovered} are here, ${totals.recovered} in the ledger, ${row?.notes} notes left`,
    )
  }
  return missing
}

/** The repository's installation; its other sources have no part in this. */
function environmentFor(servers: Servers, apiUrl: string): Record<string, string> {
  const names = [
    'GITHUB_WEBHOOK_SECRET',
    'GITHUB_API_TOKEN',
    'STRIPE_API_KEY',
    'TEAMCONNECT_WEBHOOK_SECRET',
    'TEAMCONNECT_API_TOKEN',
  ]
  return {
    ...Object.fromEntries(names.map((name) => [name, randomBytes(24).toString('hex')])),
    STRIPE_WEBHOOK_SECRET: `whsec_${randomBytes(24).toString('hex')}`,
    ORDERS_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString('base64')}`,
    DATABASE_URL: servers.databaseUrl,
    TEMPORAL_ADDRESS: servers.temporalAddress,
    TEMPORAL_NAMESPACE: servers.temporalNamespace,
    STRIPE_API_URL: apiUrl,
    POSTHORN_RECONCILE: 'false',
  }
}
