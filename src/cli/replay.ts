import type { ReplayRequest, ReplayResult } from '../storage/replay.ts'
import { CommandError } from './exit-codes.ts'
import type { Output } from './output.ts'

export interface ReplayOptions {
  request: ReplayRequest
  replay: (request: ReplayRequest) => Promise<ReplayResult>
  output: Output
}

/**
 * Queues one more run of a stored event.
 * @throws CommandError that says why not.
 */
export async function replay({ request, replay, output }: ReplayOptions): Promise<void> {
  const result = await replay(request)
  if (!result.replayed) throw new CommandError('failed', result.detail)
  output.show({ source: request.source, eventId: request.eventId, ...result }, ({ handler, attempt }) => [
    handler === undefined
      ? `Event ${request.eventId} is queued to be routed.`
      : `Event ${request.eventId} is queued for ${handler}, attempt ${attempt}.`,
  ])
}
