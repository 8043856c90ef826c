import type { Client } from '@temporalio/client'
import type { Source } from '../../providers/source.ts'
import type { Pool } from '../../storage/pool.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Metrics } from '../../telemetry/metrics.ts'

export interface SystemParts {
  pool: Pool
  client: Client
  sources: ReadonlyMap<string, Source>
  metrics: Metrics
  logger: Logger
}

/** The activities of the engine's own workflows. */
export function createSystemActivities(_parts: SystemParts): object {
  return {}
}
