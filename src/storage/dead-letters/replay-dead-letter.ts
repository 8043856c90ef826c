import { eventKey } from '../event-key.ts'
import type { Pool } from '../pool.ts'
import { type ReplayResult, replayEvent } from '../replay.ts'

export interface DeadLetterReplay {
  source: string
  eventId: string
  /** Needed where several handlers of the event are dead. */
  handler?: string
  by: { actor: string; reason?: string }
}

export type DeadLetterReplayResult = ReplayResult | { replayed: false; reason: 'not_dead'; detail: string }

/** Queues one more attempt of a dead run. Refused where nothing is dead, while a run is open, and when a later attempt has ended. */
export async function replayDeadLetter(pool: Pool, request: DeadLetterReplay): Promise<DeadLetterReplayResult> {
  const { source, eventId } = request
  const { rows } = await pool.query<{ handler: string; attempt: number }>(
    `select handler, attempt from posthorn.dead_letters
     where key = $1 and ($2::text is null or handler = $2) order by handler = 'mirror', handler`,
    [eventKey(source, eventId), request.handler],
  )
  const [letter, another] = rows
  if (letter === undefined) {
    return {
      replayed: false,
      reason: 'not_dead',
      detail: `There is no dead letter of event ${eventId} of source ${source}.`,
    }
  }
  // The mirror comes last, and runs beside the one handler that a person means.
  if (another !== undefined && another.handler !== 'mirror') {
    const handlers = rows.map(({ handler }) => handler).join(', ')
    return { replayed: false, reason: 'ambiguous_handler', detail: `Name the handler to replay: ${handlers}.` }
  }
  return replayEvent(pool, { ...request, handler: letter.handler, seenAttempt: letter.attempt })
}
