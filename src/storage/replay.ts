import { recordAudit } from './audit-log.ts'
import { eventKey } from './event-key.ts'
import { type Executor, type Pool, transaction } from './pool.ts'
import { type ReplayRefusal, type WantedReplay, judgeReplays, queueReplays } from './queue-replays.ts'
import { routedHandler } from './routed-handler.ts'

export type ReplayResult =
  /** `attempt` is the number that the new run carries. */
  | { replayed: true; handler?: string; attempt: number }
  | { replayed: false; reason: Exclude<ReplayRefusal, 'discarded'> | 'ambiguous_handler'; detail: string }

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

/** What else belongs to a replay: it commits with it, and its error undoes both. In a dry run it must only look. */
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
    const { handler, seenAttempt, attempt = seenAttempt + 1 } = wanted
    if (request.dryRun !== true) {
      await queueReplays(tx, [wanted])
      await audit(tx, request, { handler, attempt })
    }
    await alongside?.(tx, { key: wanted.key, handler })
    return { replayed: true, ...(handler !== undefined && { handler }), attempt }
  })
}

/** The run that the person means. */
async function choose(tx: Executor, request: ReplayRequest): Promise<WantedReplay | Refused> {
  const key = eventKey(request.source, request.eventId)
  const runs = await replayableRuns(tx, key, request.handler)
  const named = runs.filter((run): run is KnownRun & { handler: string } => run.handler !== null)
  // Unrouted and baseline events never ran, and most that are parked.
  if (named.length === 0) return { key, seenAttempt: 0 }
  const run = request.handler === undefined ? meant(runs) : named.find(({ handler }) => handler === request.handler)
  if (run === undefined)
    return refuse('ambiguous_handler', `Name the handler to replay: ${named.map(({ handler }) => handler).join(', ')}.`)
  const { handler, seen, next: attempt } = run
  // Parked before it was routed, beside a run that had begun: all are routed anew, and none under a number that was used.
  if (handler === null) return { key, seenAttempt: Math.max(...runs.map((one) => one.seen)) }
  return { key, handler, seenAttempt: request.seenAttempt ?? seen, attempt }
}

interface KnownRun {
  /** Null for an event that is parked and was not routed. */
  handler: string | null
  /** The latest attempt that has ended; 0 where none has. */
  seen: number
  /** The number of the next one. */
  next: number
  isParked: boolean
}

/**
 * Besides those that are known, the first run of the handler of an event that had none: history is mirrored and not run, and what no
 * route wanted may have one now. With nothing known it is routed like a new event, unless its handler is named.
 */
async function replayableRuns(tx: Executor, key: string, handler: string | undefined): Promise<KnownRun[]> {
  const known = await knownRuns(tx, key)
  if (known.length === 0 && handler === undefined) return known
  if (known.some((run) => run.handler !== 'mirror' || run.isParked)) return known
  // What a person sees there is that the mirror died: that is what is replayed.
  if (handler === undefined && (await hasDied(tx, key))) return known
  const routed = await routedHandler(tx, key)
  return routed === undefined ? known : [...known, { handler: routed, seen: 0, next: 1, isParked: false }]
}

async function hasDied(tx: Executor, key: string): Promise<boolean> {
  const { rowCount } = await tx.query('select from posthorn.dead_letters where key = $1', [key])
  return rowCount === 1
}

async function knownRuns(tx: Executor, key: string): Promise<KnownRun[]> {
  const { rows } = await tx.query<KnownRun>(
    `select handler, max(attempt) as seen, max(next) as next, bool_or(parked) as "isParked" from (
       select handler, attempt, attempt + 1 as next, false as parked from posthorn.runs where key = $1
       -- It did not run under this number.
       union all select handler, 0, attempt, true from posthorn.parked where key = $1
     ) known group by handler order by handler`,
    [key],
  )
  return rows
}

/** What is parked; else the handler, beside which the mirror runs. */
function meant(runs: readonly KnownRun[]): KnownRun | undefined {
  const parked = runs.find(({ isParked }) => isParked)
  if (parked !== undefined || runs.length === 1) return parked ?? runs[0]
  const [run, ...others] = runs.filter(({ handler }) => handler !== 'mirror')
  return others.length === 0 ? run : undefined
}

const refuse = (reason: Refused['reason'], detail: string): Refused => ({ replayed: false, reason, detail })

function explain(
  refusal: Exclude<ReplayRefusal, 'discarded'>,
  { source, eventId }: ReplayRequest,
  { seenAttempt }: WantedReplay,
): string {
  if (refusal === 'not_found') return `There is no event ${eventId} of source ${source}.`
  if (refusal === 'run_open') return 'A run of this event is queued or open. Wait until it has ended.'
  if (refusal === 'other_parked')
    return 'Another run of this event is parked. Replay that one first, by `posthorn replay` without --handler.'
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
