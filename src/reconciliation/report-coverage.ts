import type { Source } from '../providers/source.ts'
import { listedUpTo } from '../storage/list-coverage.ts'
import type { Executor } from '../storage/pool.ts'
import { readNow } from '../storage/read-now.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface CoverageReport {
  metrics: Pick<Metrics, 'coverageAgeSeconds'>
  /** One that has no schedule any more does not fall behind. */
  sources: readonly Pick<Source, 'id' | 'reconcile'>[]
}

/** Brings the gauge of coverage up to date: call it when it is about to be read. */
export async function reportCoverage(executor: Executor, { metrics, sources }: CoverageReport): Promise<void> {
  const now = await readNow(executor)
  const upTo = await listedUpTo(executor)
  for (const { id: source, reconcile } of sources) {
    const to = upTo.get(source)
    if (reconcile === undefined || to === undefined) continue
    metrics.coverageAgeSeconds.set({ source }, (now.getTime() - to.getTime()) / 1000)
  }
}
