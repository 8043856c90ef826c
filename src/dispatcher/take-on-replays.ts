import type { Client } from '@temporalio/client'
import type { Pool } from '../storage/pool.ts'
import { openReplays } from '../storage/replays/bulk-replay.ts'
import { startReplay } from '../temporal/start-replay.ts'

const DEADLINE_MS = 5_000

interface TakeOnOptions {
  pool: Pool
  client: Client
  /** Where the engine's own workflows run. */
  systemTaskQueue: string
}

/**
 * Has a workflow take on every replay of many that has not ended: one that was just recorded, and one whose workflow is gone, be it
 * terminated or lost with its Temporal.
 */
export async function takeOnReplays({ pool, client, systemTaskQueue: taskQueue }: TakeOnOptions): Promise<void> {
  for (const { id, actor, reason } of await openReplays(pool)) {
    const summary = `${actor}: ${reason}`
    await client.withDeadline(Date.now() + DEADLINE_MS, () => startReplay(client, { id, summary, taskQueue }))
  }
}
