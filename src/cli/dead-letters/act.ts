import type { DiscardResult } from '../../storage/dead-letters/discard-dead-letters.ts'
import type { DeadLetterReplayResult } from '../../storage/dead-letters/replay-dead-letter.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import type { Output } from '../output.ts'

type Acted<Result> = Result & { eventId: string }

/** Prints what came of each replay; `failed` when one was refused. */
export function showReplays(results: readonly Acted<DeadLetterReplayResult>[], output: Output): ExitCode {
  output.show(results, (acted) =>
    acted.map((result) =>
      result.replayed
        ? `Event ${result.eventId} is queued for ${result.handler ?? 'its route'}, attempt ${result.attempt}.`
        : `Event ${result.eventId} is not replayed: ${result.detail}`,
    ),
  )
  return results.every(({ replayed }) => replayed) ? EXIT_CODES.ok : EXIT_CODES.failed
}

/** Prints what came of each discard; `failed` when one was refused. */
export function showDiscards(results: readonly Acted<DiscardResult>[], output: Output): ExitCode {
  output.show(results, (acted) =>
    acted.map((result) =>
      result.discarded
        ? `Event ${result.eventId} is discarded${result.handlers.length === 0 ? '' : ` for ${result.handlers.join(', ')}`}.`
        : `Event ${result.eventId} is not discarded: ${result.detail}`,
    ),
  )
  return results.every(({ discarded }) => discarded) ? EXIT_CODES.ok : EXIT_CODES.failed
}
