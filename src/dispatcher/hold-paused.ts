import { holdRun } from '../storage/held-runs.ts'
import type { Pool } from '../storage/pool.ts'
import type { Claim } from '../storage/queue.ts'
import type { RouteGates } from './route-gates.ts'
import type { RunStart } from './start-run.ts'

/** The runs of a claim whose routes are not paused. The others are put aside, and come back to the queue when their route is resumed. */
export async function holdPaused(
  { pool, routeGates }: { pool: Pool; routeGates: RouteGates },
  claim: Claim,
  runs: RunStart[],
): Promise<RunStart[]> {
  const held = runs.filter(({ event }) => routeGates.isPaused(event.handler))
  const isOnlyRun = held.length === runs.length
  for (const { event } of held) await holdRun(pool, claim, { handler: event.handler, isOnlyRun })
  return runs.filter((run) => !held.includes(run))
}
