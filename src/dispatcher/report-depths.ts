import { readDepths } from '../storage/depths.ts'
import type { Executor } from '../storage/pool.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** Brings the gauges of the work lists up to date: call it when they are about to be read. */
export async function reportDepths(executor: Executor, metrics: Metrics): Promise<void> {
  const depths = await readDepths(executor)
  metrics.queueDepth.set(depths.queue)
  metrics.queueOldestSeconds.set(depths.oldestSeconds)
  metrics.openRuns.set(depths.openRuns)
  metrics.deadLetters.set(depths.deadLetters)
  metrics.stuckRuns.set(depths.stuckRuns)
  // Those of which none is left would stand there for ever.
  metrics.parkedEvents.reset()
  for (const { source, code, events } of depths.parked) metrics.parkedEvents.set({ source, code }, events)
}
