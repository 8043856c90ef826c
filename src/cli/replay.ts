import type { MirrorPreview } from '../mirror/preview-mirror.ts'
import type { ReplayRequest, ReplayResult } from '../storage/replay.ts'
import { CommandError } from './exit-codes.ts'
import type { Output } from './output.ts'
import { mirrorLines } from './replays/mirror-lines.ts'

export interface ReplayOptions {
  request: ReplayRequest
  replay: (request: ReplayRequest) => Promise<ReplayResult>
  /** What the run would change in the mirror: asked for in a dry run only. */
  previewMirror: (handler: string | undefined, attempt: number) => Promise<MirrorPreview[]>
  output: Output
}

/**
 * Queues one more run of a stored event, or, in a dry run, says what it would be.
 * @throws CommandError that says why not.
 */
export async function replay({ request, replay, previewMirror, output }: ReplayOptions): Promise<void> {
  const result = await replay(request)
  if (!result.replayed) throw new CommandError('failed', result.detail)
  const { source, eventId, dryRun = false } = request
  const { handler, attempt } = result
  if (!dryRun) {
    const where = handler === undefined ? 'to be routed' : `for ${handler}, attempt ${attempt}`
    return output.show({ source, eventId, ...result }, () => [`Event ${eventId} is queued ${where}.`])
  }
  const mirror = await previewMirror(handler, attempt)
  const where = handler === undefined ? 'be routed like a new one' : `run ${handler}, attempt ${attempt}`
  output.show({ source, eventId, ...result, replayed: false, dryRun, mirror }, () => [
    `Event ${eventId} would ${where}. Nothing has been written.`,
    ...mirrorLines(mirror),
  ])
}
