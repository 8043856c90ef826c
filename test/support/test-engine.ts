import { NativeConnection } from '@temporalio/worker'
import { Client } from '@temporalio/client'
import { join } from 'node:path'
import { takeOverRoutes } from '../../src/dispatcher/deploy-routes.ts'
import { createRouteTable } from '../../src/dispatcher/route-table.ts'
import { type Engine, type EngineOptions, startEngine } from '../../src/main/engine.ts'
import type { Source } from '../../src/providers/source.ts'
import { createLogger } from '../../src/telemetry/logger.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { bundleWorkflows } from '../../src/temporal/bundle.ts'
import { readActivities } from '../../src/temporal/user-activities.ts'
import * as toyActivities from '../engine/installation/activities.ts'
import * as toyWorkflows from '../engine/installation/workflows.ts'
import './quiet-runtime.ts'
import type { TestDatabase } from './database.ts'
import { type TestTemporal, uniqueName } from './temporal.ts'

export const toyRoutes = createRouteTable(toyWorkflows)
const definitions = readActivities(toyActivities)
let bundle: Promise<{ code: string }> | undefined

/** The toy installation's bundle, made once a process. */
export const toyBundle = (): Promise<{ code: string }> =>
  (bundle ??= bundleWorkflows({
    workflows: join(import.meta.dirname, '../engine/installation/workflows.ts'),
    policies: definitions.policies,
  }))

export interface TestEngine {
  engine: Engine
  stop(): Promise<void>
}

/** The real engine of `posthorn work`, in this process, with the toy installation. */
export async function startTestEngine(
  parts: { database: TestDatabase; temporal: TestTemporal; source: Source } & Partial<EngineOptions>,
): Promise<TestEngine> {
  const { database, temporal, source, ...overrides } = parts
  const routes = overrides.routes ?? toyRoutes
  const enginePool = database.pool({ max: 10 })
  const connection = await NativeConnection.connect({ address: temporal.address })
  const engine = await startEngine({
    client: new Client({ connection, namespace: temporal.namespace }),
    connection,
    namespace: temporal.namespace,
    databaseUrl: database.url,
    enginePool,
    userPool: database.pool(),
    sources: new Map([[source.id, source]]),
    routes,
    takeOver: async () => void (await takeOverRoutes(enginePool, routes)),
    build: 'test',
    pauseRouteAbovePercent: 100,
    outageLimitMs: 72 * 3_600_000,
    activities: definitions,
    userSettings: {},
    isProduction: false,
    workflowBundle: await toyBundle(),
    withSearchAttributes: true,
    // Test files share the default namespace, and each has a database of its own.
    ...(temporal.namespace === 'default' && { systemTaskQueue: uniqueName('system') }),
    slots: { workflowTasks: 20, activities: 20, localActivities: 20, cachedWorkflows: 50, shutdownGraceMs: 1_000 },
    dispatcher: { maxInFlight: 16, leaseMs: 5_000, pollMs: 200, checkAfterMs: 60_000 },
    sweep: { everyMs: 200, checkEveryMs: 60_000, stuck: { afterTasks: 5, giveUpAfterMs: 1_800_000 } },
    deadLetters: { warning: 50, critical: 200, growth: 20 },
    retention: { bodies: 30, receipts: 30, events: 90 },
    metrics: createMetrics(),
    logger: createLogger({ level: process.env['TEST_LOG'] ?? 'silent', name: 'test' }),
    ...overrides,
  })
  return {
    engine,
    async stop() {
      await engine.stop()
      await connection.close()
    },
  }
}
