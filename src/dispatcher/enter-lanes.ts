import { enterLane } from '../storage/lanes.ts'
import type { Pool } from '../storage/pool.ts'
import type { Claim } from '../storage/queue.ts'
import type { RouteTable } from './route-table.ts'
import type { RunStart } from './start-run.ts'

/**
 * The runs of a claim that may start now. Others wait in the lane of their entity and come back to the queue from there. `later`:
 * an earlier event is about to enter, so the whole claim must be given back for a moment.
 */
export async function enterLanes(
  { pool, routes }: { pool: Pool; routes: RouteTable },
  claim: Claim,
  runs: RunStart[],
): Promise<RunStart[] | 'later'> {
  const { entity } = claim.event
  if (entity === undefined) return runs
  const isOnlyRun = runs.length === 1
  const mayStart: RunStart[] = []
  for (const run of runs) {
    const { handler } = run.event
    const rules = routes.laneOf(handler)
    const place = rules && (await enterLane(pool, { claim, handler, entity, rules, isOnlyRun }))
    if (place === 'later') return place
    if (place !== 'waits') mayStart.push(run)
  }
  return mayStart
}
