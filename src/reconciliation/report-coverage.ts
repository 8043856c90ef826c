import { listedUpTo } from '../storage/list-coverage.ts'
import type { Executor } from '../storage/pool.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Brings the gauge of coverage up to date: call it when it is about to be read. */
export async function reportCoverage(executor: Executor, metrics: Metrics): Promise<void> {
  for (const [source, to] of await listedUpTo(executor)) {
    metrics.coverageAgeSeconds.set({ source }, (Date.now() - to.getTime()) / 1000)
  }
}
