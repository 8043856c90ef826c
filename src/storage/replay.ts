import { recordAudit } from './audit-log.ts'
import { eventKey } from './event-key.ts'
import { type Executor, type Pool, transaction } from './pool.ts'
import { type ReplayRefusal, type WantedReplay, judgeReplays, queueReplays } from './queue-replays.ts'

export type ReplayResult =
  /** `attempt` is the number that the new run carries. */
  | { replayed: true; handler?: string; attempt: number }
  | { replayed: false; reason: 'not_found' | 'run_open' | 'ambiguous_handler' | 'superseded'; detail: string }

export interface ReplayRequest {
  source: string
  eventId: string
  /** Needed where the event has runs of several handlers. */
  handler?: string
  /** The attempt the person saw; refused when a newer one exists. Default: whatever is the latest. */
  seenAttempt?: number
  /** Who asks, and why: for the audit log. */
  by?: { actor: string; reason?: string }
  /** Say what would happen, and do nothing. */
  dryRun?: boolean
}

/** What else belongs to a replay: it commits with it, and its error undoes both. */
export type WithReplay = (tx: Executor, run: { key: string; handler: string | undefined }) => Promise<void>

type Refused = Extract<ReplayResult, { replayed: false }>

/** Queues one more attempt of an event's run. Refused while a run is open, so that two attempts never overlap. */
export async function replayEvent(pool: Pool, request: ReplayRequest, alongside?: WithReplay): Promise<ReplayResult> {
  return transaction(pool, async (tx) => {
    const wanted = await choose(tx, request)
    if ('reason' in wanted) return wanted
    const [refusal] = await judgeReplays(tx, [wanted])
    // A person who names the event knows that it was discarded.
    if (refusal !== undefined && refusal !== 'discarded') return refuse(refusal, explain(refusal, request, wanted))
    const { handler, seenAttempt } = wanted
    const attempt = seenAttempt + 1
    if (request.dryRun !== true) {
      await queueReplays(tx, [wanted])
      await audit(tx, request, { handler, attempt })
      await alongside?.(tx, { key: wanted.key, handler })
    }
    return { replayed: true, ...(handler !== undefined && { handler }), attempt }
  })
}

/** The run that the person means. */
async function choose(tx: Executor, request: ReplayRequest): Promise<WantedReplay | Refused> {
  const key = eventKey(request.source, request.eventId)
  const latest = await latestAttempts(tx, key)
  // Unrouted, parked and baseline events never ran.
  if (latest.size === 0) return { key, seenAttempt: 0 }
  const handler = request.handler ?? onlyHandler(latest)
  const attempt = handler === undefined ? undefined : latest.get(handler)
  if (attempt === undefined)
    return refuse('ambiguous_handler', `Name the handler to replay: ${[...latest.keys()].join(', ')}.`)
  return { key, handler, seenAttempt: request.seenAttempt ?? attempt }
}

async function latestAttempts(tx: Executor, key: string): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ handler: string; attempt: number }>(
    `select handler, max(attempt) as attempt from (
       select handler, attempt from posthorn.runs where key = $1
       -- Parked before it ran.
       union all select handler, attempt - 1 from posthorn.parked where key = $1 and handler is not null
     ) known group by handler`,
    [key],
  )
  return new Map(rows.map((row) => [row.handler, row.attempt]))
}

/** The mirror runs beside a handler; a person who replays an event means the handler. */
function onlyHandler(latest: Map<string, number>): string | undefined {
  const handlers = [...latest.keys()].filter((handler) => handler !== 'mirror')
  if (handlers.length === 0) return 'mirror'
  return handlers.length === 1 ? handlers[0] : undefined
}

const refuse = (reason: Refused['reason'], detail: string): Refused => ({ replayed: false, reason, detail })

function explain(
  refusal: Exclude<ReplayRefusal, 'discarded'>,
  { source, eventId }: ReplayRequest,
  { seenAttempt }: WantedReplay,
): string {
  if (refusal === 'not_found') return `There is no event ${eventId} of source ${source}.`
  if (refusal === 'run_open') return 'A run of this event is queued or open. Wait until it has ended.'
  return `Attempt ${seenAttempt} is not the latest one any more.`
}

async function audit(
  tx: Executor,
  { source, eventId, by }: ReplayRequest,
  detail: Readonly<Record<string, unknown>>,
): Promise<void> {
  if (by === undefined) return
  await recordAudit(tx, { ...by, action: 'events.replay', target: { source, eventId }, detail })
}
