import { CommandError } from '../../cli/exit-codes.ts'
import { replay } from '../../cli/replay.ts'
import { findEvent } from '../../storage/find-event.ts'
import { type ReplayRequest, replayEvent } from '../../storage/replay.ts'
import { operatorName } from '../process/operator.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'
import { mirrorPreviews } from './mirror-previews.ts'
import { redoing } from './redoing.ts'

export interface ReplayCommand extends ReplayRequest {
  /** The effect to do again. */
  redo?: string
  /** Needed unless it is a dry run. */
  reason?: string
}

/**
 * `posthorn replay`: queues one more run of an event.
 * @throws CommandError when it comes without a reason.
 */
export async function runReplay({ environment, output }: CommandContext, command: ReplayCommand): Promise<void> {
  const settings = readSettings(environment)
  const { reason, dryRun } = command
  if (reason === undefined && dryRun !== true) {
    throw new CommandError('usage', 'Say why, for the audit log: --reason <text>.')
  }
  const by = { actor: operatorName(settings), ...(reason !== undefined && { reason }) }
  const request = { ...command, by }
  const alongside = redoing(settings, request)
  await withPool(settings, (pool) =>
    replay({
      request,
      replay: (wanted) => replayEvent(pool, wanted, alongside),
      async previewMirror(handler, attempt) {
        const event = await findEvent(pool, request.source, request.eventId)
        return event === undefined
          ? []
          : mirrorPreviews(environment, pool, [{ event, handler: handler ?? null, attempt }])
      },
      output,
    }),
  )
}
