import { createCanonicalReaders } from '../../mirror/canonical-readers.ts'
import { type MirrorPreview, mirrors, previewMirror } from '../../mirror/preview-mirror.ts'
import { createProviderAccess } from '../../provider-access/provider-access.ts'
import type { Pool } from '../../storage/pool.ts'
import type { PreviewedRun } from '../../storage/replays/preview-replay.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { createMetrics } from '../../telemetry/metrics.ts'
import { loadInstallation } from '../load-config.ts'
import { type Environment, readSettings } from '../settings.ts'

const MAX_ENTITIES = 20
const BUDGET_MS = 30_000

/**
 * What runs of the mirror would change now, for a few entities. The reads count as a replay's: behind the source's breaker, and live
 * work goes first. Sources are only looked up where a run concerns the mirror at all.
 */
export async function mirrorPreviews(
  environment: Environment,
  pool: Pool,
  runs: readonly Pick<PreviewedRun, 'event' | 'handler' | 'attempt'>[],
): Promise<MirrorPreview[]> {
  if (runs.every(({ handler }) => handler !== null && handler !== 'mirror')) return []
  const installation = await loadInstallation(readSettings(environment), environment)
  const sources = new Map(installation.sources.map((source) => [source.id, source]))
  const events = runs
    .filter(({ event, handler }) => mirrors(sources.get(event.source), event, handler))
    .map(({ event, attempt }) => ({ schemaVersion: 1, kit: 1, ...event, handler: 'mirror', attempt }) as const)
  const logger = createLogger({ level: 'silent', name: 'cli' })
  const access = createProviderAccess({ pool, metrics: createMetrics(), logger })
  const readers = createCanonicalReaders(sources, { api: (source) => access.api(source, 'replay') })
  return previewMirror(events, { executor: pool, sources, readers, maxEntities: MAX_ENTITIES, budgetMs: BUDGET_MS })
}
