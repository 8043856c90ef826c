import { listedUpTo } from '../storage/list-coverage.ts'
import type { Executor } from '../storage/pool.ts'
import { readNow } from '../storage/read-now.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Brings the gauge of coverage up to date: call it when it is about to be read. */
export async function reportCoverage(executor: Executor, metrics: Metrics): Promise<void> {
  const now = await readNow(executor)
  for (const [source, to] of await listedUpTo(executor)) {
    metrics.coverageAgeSeconds.set({ source }, (now.getTime() - to.getTime()) / 1000)
  }
}
