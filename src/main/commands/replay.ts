import { replay } from '../../cli/replay.ts'
import { type ReplayRequest, replayEvent } from '../../storage/replay.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn replay`: queues one more run of an event. */
export async function runReplay({ environment, output }: CommandContext, request: ReplayRequest): Promise<void> {
  const settings = readSettings(environment)
  await withPool(settings, (pool) => replay({ request, replay: (wanted) => replayEvent(pool, wanted), output }))
}
