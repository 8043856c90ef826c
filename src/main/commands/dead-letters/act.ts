import { showDiscards, showReplays } from '../../../cli/dead-letters/act.ts'
import type { ExitCode } from '../../../cli/exit-codes.ts'
import { discardDeadLetters } from '../../../storage/dead-letters/discard-dead-letters.ts'
import { replayDeadLetter } from '../../../storage/dead-letters/replay-dead-letter.ts'
import { operatorName } from '../../process/operator.ts'
import { withPool } from '../../process/postgres.ts'
import { readSettings } from '../../settings.ts'
import type { CommandContext } from '../context.ts'

export interface ActFlags {
  handler?: string
  reason: string
}

type Request<Flags> = Flags & { source: string; eventIds: readonly string[] }

/** `posthorn dead-letters replay`: queues one more attempt of each event. */
export async function runReplay(
  { environment, output }: CommandContext,
  { eventIds, reason, ...target }: Request<ActFlags>,
): Promise<ExitCode> {
  const settings = readSettings(environment)
  const by = { actor: operatorName(settings), reason }
  return withPool(settings, async (pool) => {
    const results = []
    for (const eventId of eventIds) {
      results.push({ eventId, ...(await replayDeadLetter(pool, { ...target, eventId, by })) })
    }
    return showReplays(results, output)
  })
}

/** `posthorn dead-letters discard`: gives each event up. */
export async function runDiscard(
  { environment, output }: CommandContext,
  { eventIds, reason, ...target }: Request<ActFlags>,
): Promise<ExitCode> {
  const settings = readSettings(environment)
  const by = { actor: operatorName(settings), reason }
  return withPool(settings, async (pool) => {
    const results = []
    for (const eventId of eventIds) {
      results.push({ eventId, ...(await discardDeadLetters(pool, { ...target, eventId, by })) })
    }
    return showDiscards(results, output)
  })
}
