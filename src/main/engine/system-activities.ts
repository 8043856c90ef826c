import type { Client } from '@temporalio/client'
import type { ProviderAccess } from '../../provider-access/provider-access.ts'
import type { Source } from '../../providers/source.ts'
import { createReconciler } from '../../reconciliation/reconciler.ts'
import { type RetentionDays, createRetention } from '../../retention/retention.ts'
import type { Keyring } from '../../sealing/keyring.ts'
import { createInbox } from '../../storage/inbox.ts'
import type { Pool } from '../../storage/pool.ts'
import { readNow } from '../../storage/read-now.ts'
import { createWakeUp } from '../../storage/wake-up.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { createAbsorbActivities } from '../../temporal/absorb-activities.ts'
import { createReconciliationActivities } from '../../temporal/reconciliation-activities.ts'
import { createReplayActivities } from '../../temporal/replay-activities.ts'
import { createRetentionActivities } from '../../temporal/retention-activities.ts'

export interface SystemParts {
  pool: Pool
  /** Of the activities. */
  userPool: Pool
  client: Client
  sources: ReadonlyMap<string, Source>
  /** The one way to the providers' APIs. */
  access: ProviderAccess
  metrics: Metrics
  logger: Logger
  retention: RetentionDays
  /** Opens what the receiver sealed; undefined where the installation has no key. */
  keyring?: Keyring
}

/** The activities of the engine's own workflows. */
export function createSystemActivities(parts: SystemParts): object {
  return {
    ...createAbsorbActivities(parts),
    ...createReplayActivities(parts),
    ...retentionActivities(parts),
    ...reconciliationActivities(parts),
  }
}

function reconciliationActivities({ pool, sources, access, retention, metrics, logger }: SystemParts): object {
  const reconciler = createReconciler({
    pool,
    inbox: createInbox({ pool, onCommitted: createWakeUp(pool) }),
    sources,
    apiOf: (source) => access.api(source, 'reconciliation'),
    retentionDays: retention.events,
    now: () => readNow(pool),
    metrics,
    logger,
  })
  return createReconciliationActivities(reconciler)
}

function retentionActivities({ pool, userPool, retention: days, metrics, logger }: SystemParts): object {
  const retention = createRetention({
    pool,
    effectsPool: userPool,
    days,
    onRemoved: (what, count) => metrics.retentionRemoved.inc({ what }, count),
    onFewAhead: (daysAhead) => logger.error({ daysAhead }, 'partitions.few_ahead'),
  })
  return createRetentionActivities(retention)
}
