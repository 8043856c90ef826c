import type { Client } from '@temporalio/client'
import type { Pool } from '../storage/pool.ts'
import { openReplays } from '../storage/replays/bulk-replay.ts'
import type { Logger } from '../telemetry/logger.ts'
import { startReplay } from '../temporal/start-replay.ts'

const DEADLINE_MS = 5_000

interface TakeOnOptions {
  pool: Pool
  client: Client
  logger: Logger
  /** Where the engine's own workflows run. */
  systemTaskQueue: string
}

/**
 * Has a workflow take on every replay of many that has not ended: one that was just recorded, and one whose workflow is gone, be it
 * terminated or lost with its Temporal. One that cannot be started keeps nothing else from its turn.
 */
export async function takeOnReplays({
  pool,
  client,
  logger,
  systemTaskQueue: taskQueue,
}: TakeOnOptions): Promise<void> {
  for (const { id, actor, reason } of await openReplays(pool)) {
    const replay = { id, summary: `${actor}: ${reason}`, taskQueue }
    await client
      .withDeadline(Date.now() + DEADLINE_MS, () => startReplay(client, replay))
      .catch((error: unknown) => logger.warn({ replay: id, error: (error as Error).message }, 'replay.not_taken_on'))
  }
}
