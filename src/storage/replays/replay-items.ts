import { MAX_REPLAYS_IN_FLIGHT } from '../../domain/replay-ramp.ts'
import type { Executor } from '../pool.ts'
import type { BulkReplay } from './bulk-replay.ts'
import { type ReplayRefusal, type WantedReplay, judgeReplays, queueReplays } from '../queue-replays.ts'

/**
 * The first unfinished items: what is in flight is always among them, because it is picked from here and what stands before it only
 * becomes less. Room for the runs in flight, and for runs of the same events that wait for them.
 */
const WINDOW_ITEMS = 10 * MAX_REPLAYS_IN_FLIGHT

const WINDOW = `
  select * from posthorn.replay_items where replay_id = $1 and outcome is null order by position limit ${WINDOW_ITEMS}`

/**
 * How often an item is looked at whose event has another run open. Each time puts it behind all others, and it is looked at again only
 * while nothing is in flight. A step in which nothing moves takes a second, so that what ends within half a minute is waited for.
 */
const MAX_LOOKS = 30

/** The first loss of a run is not its end: one new attempt follows it by itself. */
const SETTLE = `
  with known as (
    select i.position, case
      when again.state is not null then again.state
      when r.state is not null and not lost.is_first then r.state
      when e.key is null then 'not_found'
      when e.state in ('received', 'dispatched') then null
      -- Not even started: parked by a schema, or, where it was routed anew, whatever became of the event.
      when i.handler is null or e.state = 'parked' then e.state
    end as outcome
    from (${WINDOW}) i
    join posthorn.replays p on p.id = i.replay_id
    cross join lateral (select greatest(i.seen_attempt + 1, p.first_attempt) as attempt) own
    left join posthorn.events e on e.key = i.key
    left join posthorn.runs r on r.key = i.key and r.handler = i.handler and r.attempt = own.attempt
    cross join lateral (
      select r.error_code is not distinct from 'run_lost' and not exists (
        select from posthorn.runs before
        where before.key = i.key and before.handler = i.handler and before.attempt = own.attempt - 1 and before.error_code = 'run_lost'
      ) as is_first
    ) lost
    left join posthorn.runs again
      on lost.is_first and again.key = i.key and again.handler = i.handler and again.attempt = own.attempt + 1
    where i.queued_at is not null
  )
  update posthorn.replay_items i set outcome = known.outcome
  from known where i.replay_id = $1 and i.position = known.position and known.outcome is not null
  returning i.outcome`

/** Writes down how runs in flight have ended, and counts them. */
export async function settleItems(
  tx: Executor,
  id: string,
): Promise<{ processed: number; ignored: number; failed: number }> {
  const { rows } = await tx.query<{ outcome: string }>({ name: 'replay-settle', text: SETTLE, values: [id] })
  const count = (outcome: string): number => rows.filter((row) => row.outcome === outcome).length
  const [processed, ignored] = [count('processed'), count('ignored')]
  return { processed, ignored, failed: rows.length - processed - ignored }
}

interface WaitingItem {
  position: number
  key: string
  handler: string | null
  seen_attempt: number
}

// Of one event one run at a time: the others are passed over until it has closed.
const PICK = `
  select position, key, handler, seen_attempt from (
    select *, row_number() over (partition by key order by position) as turn from (${WINDOW}) unfinished
  ) i
  where queued_at is null and turn = 1 and position <= $3
  order by position limit $2`

/** Queues the next `quota` runs; what may no longer be replayed is skipped, and what has a run open taken up later. */
export async function queueItems(
  tx: Executor,
  { id, firstAttempt, figures: { selected, inFlight } }: Pick<BulkReplay, 'id' | 'firstAttempt' | 'figures'>,
  quota: number,
): Promise<{ queued: number; skipped: number }> {
  if (quota === 0) return { queued: 0, skipped: 0 }
  const last = inFlight === 0 ? MAX_LOOKS * selected : selected
  // What may not run costs nothing but the look: so many of those do not hold up what is behind them.
  const looked = Math.max(quota, WINDOW_ITEMS)
  const { rows } = await tx.query<WaitingItem>({ name: 'replay-pick', text: PICK, values: [id, looked, last] })
  // Nothing is looked at again while something waits for its first look.
  const roundOf = ({ position }: WaitingItem): number => Math.ceil(position / selected)
  const items = rows.filter((item) => roundOf(item) === roundOf(rows[0] as WaitingItem))
  const wanted = items.map((item) => toWanted(item, firstAttempt))
  const refusals = await judgeReplays(tx, wanted)
  const allowed = wanted.filter((_, index) => refusals[index] === undefined).slice(0, quota)
  await queueReplays(tx, allowed)
  const queued = new Set<WantedReplay | undefined>(allowed)
  const marks = items.flatMap(({ position }, index) =>
    refusals[index] === undefined && !queued.has(wanted[index]) ? [] : [toMark(position, refusals[index], selected)],
  )
  await mark(tx, id, marks)
  return { queued: allowed.length, skipped: marks.filter(({ refusal }) => refusal !== undefined).length }
}

interface Mark {
  position: number
  /** Where it stands from now on. */
  moved_to: number
  refusal: ReplayRefusal | undefined
  queued: boolean
}

/** Positions begin at 1, so an item that is moved by their number stands behind all others, and in nobody's place. */
function toMark(position: number, refusal: ReplayRefusal | undefined, selected: number): Mark {
  const isLater = refusal === 'run_open' && position <= (MAX_LOOKS - 1) * selected
  if (isLater) return { position, moved_to: position + selected, refusal: undefined, queued: false }
  return { position, moved_to: position, refusal, queued: refusal === undefined }
}

const toWanted = ({ key, handler, seen_attempt: seenAttempt }: WaitingItem, firstAttempt: number) => ({
  key,
  handler: handler ?? undefined,
  seenAttempt,
  attempt: Math.max(seenAttempt + 1, firstAttempt),
})

async function mark(tx: Executor, id: string, marks: readonly Mark[]): Promise<void> {
  await tx.query({
    name: 'replay-mark',
    text: `
      update posthorn.replay_items r
      set position = i.moved_to, outcome = i.refusal, queued_at = case when i.queued then clock_timestamp() end
      from json_to_recordset($2) as i(position integer, moved_to integer, refusal text, queued boolean)
      where r.replay_id = $1 and r.position = i.position`,
    values: [id, JSON.stringify(marks)],
  })
}
