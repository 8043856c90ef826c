import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import { credentialHeaders } from '../../src/providers/access-token.ts'
import { createProviderApi } from '../../src/providers/api.ts'
import type { Provider } from '../../src/providers/provider.ts'
import type { ReconcileSettings, Source } from '../../src/providers/source.ts'
import type { ReconcileRequest, ReconcileTotals } from '../../src/domain/reconciliation.ts'
import { type Reconciler, createReconciler } from '../../src/reconciliation/reconciler.ts'
import { DEFAULT_RECONCILE } from '../../src/reconciliation/settings.ts'
import { type ApiServer, type Fault, type ApiCall, startApiServer } from '../../src/simulator/api-server.ts'
import { createRandom } from '../../src/simulator/random.ts'
import type { Change, World } from '../../src/simulator/world.ts'
import { loadWorld } from '../../src/simulator/worlds.ts'
import { type Inbox, type IncomingEvent, createInbox } from '../../src/storage/inbox.ts'
import { listCoverage } from '../../src/storage/list-coverage.ts'
import { ensurePartitions } from '../../src/storage/partitions.ts'
import type { Pool } from '../../src/storage/pool.ts'
import { registerSources } from '../../src/storage/sources.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { type TestDatabase, createTestDatabase } from '../support/database.ts'
import { providers } from '../support/providers.ts'

export const TOKEN = 'the-only-good-token'
export const MINUTE_MS = 60_000
export const DAY_MS = 86_400_000

/** A source of one provider's world, its inbox, and a reconciler whose clock and calls a test holds in its hands. */
export interface ReconcilerStage {
  pool: Pool
  inbox: Inbox
  source: Source
  world: World
  api: ApiServer
  metrics: ReturnType<typeof createMetrics>
  reconciler: Reconciler
  /** What everybody takes for the present. */
  clock: { now: Date }
  faults: { next?: (call: ApiCall) => Fault | undefined; resent: Change[] }
  /** Lets things happen at the provider, one every `gapMs` from now on, of which it tells `sentAfterMs` later. */
  happen(count: number, gapMs?: number, sentAfterMs?: number): Change[]
  /** What the receiver does with a webhook of this change. Without `receivedAt` it comes now. */
  arrive(change: Change, receivedAt?: Date): Promise<string>
  /** Does what the workflow does, without waiting. */
  run(request?: Partial<ReconcileRequest>): Promise<ReconcileTotals[]>
  coverage(): ReturnType<typeof listCoverage>
  alarms(): Promise<string[]>
}

export interface StageOptions {
  provider: string
  settings?: Partial<ReconcileSettings>
  connectedAt?: Date
  mirror?: boolean
  account?: string
  wrap?: (provider: Provider) => Provider
}

export async function setReconcilerStage(t: TestContext, options: StageOptions): Promise<ReconcilerStage> {
  const database: TestDatabase = await createTestDatabase()
  t.after(() => database.drop())
  const pool = database.pool()
  await ensurePartitions(pool)
  const shipped: Readonly<Record<string, Provider>> = providers
  const world = (await loadWorld(shipped[options.provider] as Provider, createRandom('reconciliation'))) as World
  const faults: ReconcilerStage['faults'] = { resent: [] }
  const api = await startApiServer({
    worlds: [world],
    token: TOKEN,
    fault: (call) => faults.next?.(call),
    resend: (_world, change) => faults.resent.push(change),
  })
  t.after(() => api.stop())
  const clock = { now: new Date(Math.floor(Date.now() / 1000) * 1000) }
  const provider = (options.wrap ?? ((one) => one))(world.provider)
  const source: Source = {
    id: 'source',
    name: 'source',
    provider,
    path: '/webhooks/source',
    typeSuffix: false,
    secrets: [],
    api: {
      token: TOKEN,
      baseUrl: api.baseUrl(options.provider),
      ...(world.hookPath !== undefined && { listing: world.hookPath }),
    },
    mirror: options.mirror ?? false,
    taskQueue: 'unused',
    ...(options.account !== undefined && { account: options.account }),
    connectedAt: options.connectedAt ?? new Date(clock.now.getTime() - 30 * DAY_MS),
    maxBodyBytes: 1_048_576,
    allowIps: [],
    reconcile: { ...DEFAULT_RECONCILE, ...options.settings },
    onMissingId: 'derive',
    onMalformed: 'park',
  }
  await registerSources(pool, [{ id: source.id, provider: provider.name, name: source.name }])
  const inbox = createInbox({ pool })
  const metrics = createMetrics()
  const reconciler = createReconciler({
    pool,
    inbox,
    sources: new Map([[source.id, source]]),
    apiOf: ({ api: access = { token: '', baseUrl: '' } }) =>
      createProviderApi({
        baseUrl: access.baseUrl,
        headers: 'view' in provider.canonical ? {} : credentialHeaders(provider.canonical, access),
      }),
    retentionDays: 90,
    now: () => Promise.resolve(clock.now),
    metrics,
    logger: createLogger({ level: process.env['TEST_LOG'] ?? 'silent', name: 'test' }),
  })
  return {
    ...{ pool, inbox, source, world, api, metrics, reconciler, clock, faults },
    happen: (count, gapMs = 1_000, sentAfterMs = 0) =>
      Array.from({ length: count }, (_, index) => {
        const at = new Date(clock.now.getTime() + index * gapMs)
        const change = world.change(at)
        // A provider that keeps a log of deliveries has tried.
        world.delivered?.(change, undefined, new Date(at.getTime() + sentAfterMs))
        return change
      }),
    arrive: async (change, receivedAt) =>
      (await inbox.accept({ ...webhook(source, change), ...(receivedAt && { receivedAt }) })).acceptance,
    run: (request = {}) => runOnce(reconciler, { source: source.id, ...request }),
    coverage: () => listCoverage(pool, { source: source.id, limit: 100 }),
    async alarms() {
      const { values } = await metrics.reconciliationAlarms.get()
      return values.flatMap(({ labels, value }) => (value > 0 ? [String(labels.alarm)] : [])).sort()
    },
  }
}

/** Time goes by for everybody. */
export const pass = (stage: ReconcilerStage, ms: number): void => {
  stage.clock.now = new Date(stage.clock.now.getTime() + ms)
}

function webhook(source: Source, change: Change): IncomingEvent {
  const headers = { 'x-github-event': change.type.split('.')[0] ?? '', 'x-github-delivery': change.eventId }
  const { provider } = source
  const [{ id: _, ...identified } = { type: '' }] = provider.identify({
    method: 'POST',
    url: '',
    headers,
    body: change.body,
  })
  return {
    source: source.id,
    provider: provider.name,
    eventId: change.eventId,
    idSigned: provider.idSigned,
    ...identified,
    mirror: source.mirror,
    headers,
    body: change.body,
    receiptId: randomUUID(),
    secretSlot: 'current',
  }
}

/** The order of steps in `src/temporal/workflows/reconcile.ts`. */
async function runOnce(reconciler: Reconciler, request: ReconcileRequest): Promise<ReconcileTotals[]> {
  const totals: ReconcileTotals[] = []
  await reconciler.plan(request)
  for (;;) {
    const listing = await reconciler.next(request)
    if (listing === undefined) return totals
    while (!(await reconciler.read(listing, () => undefined)).finished);
    totals.push(await reconciler.judge(listing, () => undefined))
  }
}
