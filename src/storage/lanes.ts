import { laneKey } from './event-key.ts'
import { IS_NEXT, promoteHeads, requeue } from './lane-heads.ts'
import { type Executor, type Pool, transaction } from './pool.ts'
import { type Claim, takeFromQueue } from './queue.ts'
import type { ClosedRun, RunKey } from './runs.ts'

/** How the lanes of a handler behave. */
export interface LaneRules {
  /** What stands behind a dead run waits for a person, or goes on without it. */
  onDead: 'block' | 'skip'
  /** How long a gap in the provider's sequence is waited for. Milliseconds. */
  gapWaitMs: number
}

export interface LaneRun {
  claim: Claim
  handler: string
  entity: { kind: string; id: string }
  rules: LaneRules
  /** Whether the claim has no other run to start: if this one must wait, the claim leaves the queue. */
  isOnlyRun: boolean
}

/** `waits`: in its lane, from where it comes back to the queue. `later`: an earlier event is on its way to the lane, ask again soon. */
export type LanePlace = 'starts' | 'waits' | 'later'

/** How long an event is given back for that would pass an earlier one. Milliseconds. */
export const LANE_RETRY_MS = 25

/** Lets a claimed run into the lane of its entity, and says what to do with it now. */
export async function enterLane(pool: Pool, run: LaneRun): Promise<LanePlace> {
  const { claim, handler, entity, isOnlyRun } = run
  const lane = laneKey(claim.event.source, handler, entity)
  return transaction(pool, async (tx) => {
    if (await isOvertaking(tx, run)) return 'later'
    await lockLane(tx, lane, run)
    await tx.query(
      `insert into posthorn.lane_entries as known (lane, key, attempt, priority, position, is_sequenced)
       select $1, $2, $3, $7, coalesce($4::bigint, $5), $4::bigint is not null
       where not exists (select 1 from posthorn.runs where key = $2 and handler = $6 and attempt = $3)
       on conflict (lane, key) do update set attempt = excluded.attempt, priority = excluded.priority,
         state = case known.state when 'blocked' then 'running' else known.state end`,
      [lane, claim.event.key, claim.attempt, claim.sequence ?? null, claim.seq, handler, claim.priority],
    )
    const promoted = await promoteHeads(tx, [lane])
    await requeue(
      tx,
      promoted.filter(({ key }) => key !== claim.event.key),
    )
    const mustWait = await isWaiting(tx, lane, claim.event.key)
    if (mustWait && isOnlyRun) await takeFromQueue(tx, claim)
    return mustWait ? 'waits' : 'starts'
  })
}

/**
 * Whether an earlier event of the entity is being dispatched, here or elsewhere, or was given back for a moment because it would have
 * passed another: then this one would pass it. What backs off is not waited for, or it would hold the lane. What a pause of the route
 * held back is, until it is in the queue again; of whatever entity, for it stands before this one there, too.
 */
async function isOvertaking(tx: Executor, { claim, handler, entity }: LaneRun): Promise<boolean> {
  const { rows } = await tx.query<{ overtakes: boolean }>(
    `select exists (
       select from posthorn.queue q join posthorn.events e using (key)
       where q.source = $1 and q.priority = $2 and q.seq < $3 and q.handler is null
         and (q.lease is not null or q.available_at <= clock_timestamp() + interval '${LANE_RETRY_MS} milliseconds')
         and e.entity_kind = $4 and e.entity_id = $5
     ) or exists (
       select from posthorn.held_runs where handler = $6 and seq < $3 and source = $1 and priority = $2
     ) as overtakes`,
    [claim.event.source, claim.priority, claim.seq, entity.kind, entity.id, handler],
  )
  return rows[0]?.overtakes === true
}

/** Makes the lane's row, or takes its lock. Rules that were deployed anew hold from here on. */
async function lockLane(tx: Executor, lane: string, { claim, handler, entity, rules }: LaneRun): Promise<void> {
  await tx.query(
    `insert into posthorn.lanes (lane, source, handler, entity_kind, entity_id, on_dead, gap_wait_ms)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (lane) do update set on_dead = excluded.on_dead, gap_wait_ms = excluded.gap_wait_ms, touched_at = now()`,
    [lane, claim.event.source, handler, entity.kind, entity.id, rules.onDead, rules.gapWaitMs],
  )
}

/** No entry at all: the run was closed before, and whoever asks Temporal for it hears so. */
async function isWaiting(tx: Executor, lane: string, key: string): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from posthorn.lane_entries where lane = $1 and key = $2 and state = 'waiting'`,
    [lane, key],
  )
  return rowCount === 1
}

/**
 * Takes closed runs out of their lanes and lets the next ones go; a dead one stays at the head where its handler blocks. Call it in
 * the transaction that closes the runs, after their events are locked.
 */
export async function leaveLanes(tx: Executor, closed: ClosedRun[]): Promise<void> {
  await leave(
    tx,
    closed.map(({ key, handler, attempt, outcome }) => ({ key, handler, attempt, dead: outcome.state === 'dead' })),
  )
}

/** Takes an event that is parked out of the lanes that the run it was claimed for had entered. Lock the event first. */
export async function leaveLanesParked(tx: Executor, { event: { key }, handler, attempt }: Claim): Promise<void> {
  const { rows } = await tx.query<RunKey>(
    `select e.key, l.handler, e.attempt from posthorn.lane_entries e join posthorn.lanes l using (lane)
     where e.key = $1 and e.attempt <= $2 and e.state <> 'blocked' and ($3::text is null or l.handler = $3)
       and not exists (select from posthorn.open_runs o where o.key = e.key and o.handler = l.handler)`,
    [key, attempt, handler],
  )
  await leave(
    tx,
    rows.map((run) => ({ ...run, dead: false })),
  )
}

/** A later attempt takes an entry along: a run that was started while its route had no lane never entered it anew. */
async function leave(tx: Executor, leaving: (RunKey & { dead: boolean })[]): Promise<void> {
  const runs = JSON.stringify(leaving)
  const input = `json_to_recordset($1) as r(key uuid, handler text, attempt integer, dead boolean)`
  const { rows } = await tx.query<{ lane: string }>(
    `select lane from posthorn.lanes l where lane in (
       select e.lane from posthorn.lane_entries e join ${input} on r.key = e.key and r.attempt >= e.attempt
       join posthorn.lanes own on own.lane = e.lane and own.handler = r.handler)
     order by lane for update`,
    [runs],
  )
  if (rows.length === 0) return
  await tx.query(
    `with left_now as (
       select e.lane, e.key, e.position, e.is_sequenced, r.dead and l.on_dead = 'block' as blocks
       from posthorn.lane_entries e join posthorn.lanes l using (lane)
       join ${input} on r.key = e.key and r.attempt >= e.attempt and r.handler = l.handler
     ), blocked as (
       update posthorn.lane_entries e set state = 'blocked' from left_now n where e.lane = n.lane and e.key = n.key and n.blocks
     ), gone as (
       delete from posthorn.lane_entries e using left_now n where e.lane = n.lane and e.key = n.key and not n.blocks
     )
     update posthorn.lanes l set touched_at = now(), last_sequence = greatest(l.last_sequence, n.highest)
     from (select lane, max(position) filter (where is_sequenced) as highest from left_now where not blocks group by lane) n
     where l.lane = n.lane`,
    [runs],
  )
  const lanes = rows.map(({ lane }) => lane)
  await requeue(tx, await promoteHeads(tx, lanes))
}

const LANES_AT_ONCE = 100

/** Lets go what waited for a gap long enough. Returns how many runs were let go. */
export async function sweepLanes(pool: Pool): Promise<number> {
  return transaction(pool, async (tx) => {
    const { rows } = await tx.query<{ lane: string }>(
      `select l.lane from posthorn.lanes l cross join lateral (
         select * from posthorn.lane_entries head where head.lane = l.lane order by position, entered_at limit 1
       ) e
       where l.lane in (select lane from posthorn.lane_entries group by lane having bool_and(state = 'waiting')) and ${IS_NEXT}
       order by l.lane limit ${LANES_AT_ONCE} for update of l skip locked`,
    )
    const promoted = await promoteHeads(
      tx,
      rows.map(({ lane }) => lane),
    )
    await requeue(tx, promoted)
    return promoted.length
  })
}

/** Forgets lanes in which nothing has happened for so many days. Returns how many. */
export async function forgetIdleLanes(executor: Executor, days: number, limit: number): Promise<number> {
  const { rowCount } = await executor.query(
    `delete from posthorn.lanes where lane in (
       select lane from posthorn.lanes l where touched_at < now() - $1 * interval '1 day'
         and not exists (select 1 from posthorn.lane_entries e where e.lane = l.lane)
       limit $2 for update skip locked)`,
    [days, limit],
  )
  return rowCount ?? 0
}
