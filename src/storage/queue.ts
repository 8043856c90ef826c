import { randomUUID } from 'node:crypto'
import type { EventRef } from '../domain/event.ts'
import { type Executor, type Pool, transaction } from './pool.ts'
import { lockEvents, settleEvents } from './settle.ts'

/** One row of the queue, leased to this dispatcher, with what routing and the workflow's reference need. */
export interface Claim {
  seq: string
  lease: string
  priority: number
  /** How often the row was claimed: above 1, an earlier claim ended without a word. */
  claims: number
  /** Undefined until the event has been routed; a replay names its handler. */
  handler?: string
  attempt: number
  /** The provider's own sequence of the entity's events, where it has one. */
  sequence?: string
  event: Omit<EventRef, 'schemaVersion' | 'kit' | 'handler' | 'attempt'>
  /** The bytes, unless they are large: then load them one at a time. */
  body?: Buffer
  /** Runs wait for this event. */
  isAwaited: boolean
}

export interface ClaimOptions {
  /** How many rows in all. */
  limit: number
  /** How many rows of each source at most, and whether live ones alone; earlier sources are served first. Other sources are left alone. */
  rooms: readonly (readonly [source: string, rows: number, isLiveOnly?: boolean])[]
  /** Whether to take one of each source that is not live; so it is done anyway where there is room for ten. */
  oneLater?: boolean
  /** After this long without a word the rows are anybody's again. Milliseconds. */
  leaseMs: number
  /** Hash of the claimer's route table: nothing is claimed unless it is the deployed one. */
  routes: string
}

/** Larger bodies are not loaded with a claim, so that a batch of them cannot fill the memory. */
const INLINE_BODY_BYTES = 64 * 1024

/** The most urgent rows, and the least. */
const [LIVE, LAST] = [0, 32_767]

/** Of so many rows one goes to what is not live, so that replays and backfills go on behind a backlog that does not end. */
export const ROWS_FOR_ONE_LATER = 10

// By their place in the table: a join by key is planned while the queue is short, and would read a long one from end to end.
const CLAIM = `
  with picked as (
    select q.place
    from unnest($5::text[], $6::integer[], $8::smallint[]) as room(source, size, last_priority)
    left join lateral (
      select ctid as place from posthorn.queue
      where source = room.source and priority > 0 and priority <= room.last_priority and available_at <= now()
      order by priority, seq limit ($7 or room.size >= ${ROWS_FOR_ONE_LATER})::integer for update skip locked
    ) later on true
    cross join lateral (
      select later.place where later.place is not null
      union all
      select * from (
        select ctid as place from posthorn.queue
        where source = room.source and priority <= room.last_priority and available_at <= now() and ctid is distinct from later.place
        order by priority, seq limit room.size - (later.place is not null)::integer for update skip locked
      ) urgent
    ) q
    where $3 = (select hash from posthorn.route_tables order by version desc limit 1)
    limit $1
  ), leased as (
    update posthorn.queue q
    set available_at = now() + $2 * interval '1 millisecond', claims = claims + 1, lease = $4
    from picked where q.ctid = picked.place
    returning q.*
  )
  select l.seq, l.priority, l.claims, l.handler, l.attempt, e.key, e.source, e.provider, e.event_id, e.type, e.entity_kind, e.entity_id,
    e.api_version, e.tenant, e.account, e.received_at, e.occurred_at, e.sequence,
    case when octet_length(coalesce(b.body, k.body)) <= ${INLINE_BODY_BYTES} then coalesce(b.body, k.body) end as body,
    exists (
      select from posthorn.waits w
      where hashtextextended(w.type || ' ' || w.entity_id, 0) = hashtextextended(e.type || ' ' || e.entity_id, 0)
        and (w.source, w.type, w.entity_kind, w.entity_id) = (e.source, e.type, e.entity_kind, e.entity_id)) as is_awaited
  from leased l
  join posthorn.events e on e.key = l.key
  left join posthorn.bodies b on b.key = e.key and b.day = e.body_day
  left join posthorn.kept_bodies k on k.key = e.key
  order by l.priority, l.seq`

/** Leases up to `limit` rows: of each source the most urgent first, and of those the oldest. Rows that another dispatcher is claiming right now are passed over. */
export async function claimQueue(pool: Pool, options: ClaimOptions): Promise<Claim[]> {
  const lease = randomUUID()
  const { rows } = await pool.query<ClaimRow>({
    name: 'queue-claim',
    text: CLAIM,
    values: [
      options.limit,
      options.leaseMs,
      options.routes,
      lease,
      options.rooms.map(([source]) => source),
      options.rooms.map(([, rows]) => rows),
      options.oneLater ?? false,
      options.rooms.map(([, , isLiveOnly]) => (isLiveOnly === true ? LIVE : LAST)),
    ],
  })
  return rows.map((row) => toClaim(row, lease))
}

interface ClaimRow extends EventColumns {
  seq: string
  priority: number
  claims: number
  handler: string | null
  attempt: number
  sequence: string | null
  body: Buffer | null
  is_awaited: boolean
}

/** The columns of an event that make its reference. */
export interface EventColumns {
  key: string
  source: string
  provider: string
  event_id: string
  type: string
  entity_kind: string | null
  entity_id: string | null
  api_version: string | null
  tenant: string | null
  account: string | null
  received_at: Date
  occurred_at: Date | null
}

function toClaim(row: ClaimRow, lease: string): Claim {
  return {
    seq: row.seq,
    lease,
    priority: row.priority,
    claims: row.claims,
    attempt: row.attempt,
    event: toReference(row),
    isAwaited: row.is_awaited,
    ...(row.handler !== null && { handler: row.handler }),
    ...(row.sequence !== null && { sequence: row.sequence }),
    ...(row.body !== null && { body: row.body }),
  }
}

export function toReference(row: EventColumns): Claim['event'] {
  return {
    key: row.key,
    source: row.source,
    provider: row.provider,
    eventId: row.event_id,
    type: row.type,
    receivedAt: row.received_at.toISOString(),
    ...(row.occurred_at !== null && { occurredAt: row.occurred_at.toISOString() }),
    ...(row.entity_kind !== null && row.entity_id !== null && { entity: { kind: row.entity_kind, id: row.entity_id } }),
    ...(row.api_version !== null && { apiVersion: row.api_version }),
    ...(row.tenant !== null && { tenant: row.tenant }),
    ...(row.account !== null && { account: row.account }),
  }
}

/** What names a leased row. */
export interface Leased {
  source: string
  priority: number
  seq: string
  lease: string
}

export const leasedRow = ({ event, priority, seq, lease }: Claim): Leased => ({
  source: event.source,
  priority,
  seq,
  lease,
})

/** A run whose workflow is known to exist. */
export interface StartedRun extends Leased {
  key: string
  handler: string
  attempt: number
  workflowId: string
  /** It was there, and has ended: its outcome stands in Temporal only. */
  hasEnded?: boolean
}

const OPEN = `
  with input as (
    select * from json_to_recordset($1) as i(
      source text, priority smallint, seq bigint, lease uuid, key uuid, handler text, attempt integer, workflow_id text, has_ended boolean)
  ), taken as (
    delete from posthorn.queue q using (select distinct source, priority, seq, lease from input) i
    where (q.source, q.priority, q.seq, q.lease) = (i.source, i.priority, i.seq, i.lease)
    returning q.seq, q.key
  ), opened as (
    insert into posthorn.open_runs (key, handler, attempt, priority, workflow_id, check_at)
    select i.key, i.handler, i.attempt, i.priority, i.workflow_id,
      case when i.has_ended then now() else now() + $2 * interval '1 millisecond' end
    from input i join taken using (seq)
    where not exists (
      select 1 from posthorn.runs r where r.key = i.key and r.handler = i.handler and r.attempt = i.attempt)
    on conflict (key, handler) do nothing
    returning key, handler
  ), unheld as (
    -- Put aside by an earlier claim, which another run of the event kept in the queue.
    delete from posthorn.held_runs h using opened o where (h.handler, h.key) = (o.handler, o.key)
  ), dispatched as (
    update posthorn.events e set state = 'dispatched', state_at = now()
    -- Also where this run has ended already, or is open under an earlier start, beside another one that is open.
    where e.state = 'received' and (e.key in (select key from opened)
      or e.key in (select t.key from taken t join posthorn.open_runs r using (key)))
  )
  select distinct key from taken where key not in (select key from opened)`

/**
 * Records starts: the queue row goes, the open run comes, the event is `dispatched`. A run that ended before its start could be
 * recorded is not opened again; one that ended unheard is due for the sweep at once; a row whose lease was lost belongs to its new
 * claimer and is left alone.
 */
export async function recordStarts(pool: Pool, runs: StartedRun[], checkAfterMs: number): Promise<void> {
  const input = runs.map(({ workflowId, hasEnded = false, ...run }) => ({
    ...run,
    workflow_id: workflowId,
    has_ended: hasEnded,
  }))
  await transaction(pool, async (tx) => {
    await lockEvents(
      tx,
      runs.map((run) => run.key),
    )
    const { rows } = await tx.query<{ key: string }>({
      name: 'queue-open',
      text: OPEN,
      values: [JSON.stringify(input), checkAfterMs],
    })
    // Every run of these events has ended already. Dispatched: by the mirror of history, which was queued before the replay.
    const ended = rows.map((row) => row.key)
    await settleEvents(tx, ended, 'received')
    await settleEvents(tx, ended, 'dispatched')
  })
}

/** The row of a claim, by the parameters that `claimed` gives, as long as its lease is the claim's. */
export const CLAIMED = '(source, priority, seq, lease) = ($1, $2::smallint, $3::bigint, $4::uuid)'
export const claimed = (claim: Claim): unknown[] => [claim.event.source, claim.priority, claim.seq, claim.lease]

/** Gives a claim back, to be taken again after `delayMs`. */
export async function releaseClaim(executor: Executor, claim: Claim, delayMs: number): Promise<void> {
  await executor.query(
    `update posthorn.queue set available_at = now() + $5 * interval '1 millisecond', lease = null where ${CLAIMED}`,
    [...claimed(claim), delayMs],
  )
}

/** Gives a claim back that was early, and nothing else: it does not count towards how long the next failure is waited out. */
export async function postponeClaim(executor: Executor, claim: Claim, delayMs: number): Promise<void> {
  await executor.query(
    `update posthorn.queue set available_at = now() + $5 * interval '1 millisecond', lease = null, claims = claims - 1 where ${CLAIMED}`,
    [...claimed(claim), delayMs],
  )
}

/** Removes a claimed row without a trace: what it stood for is kept elsewhere. */
export async function takeFromQueue(executor: Executor, claim: Claim): Promise<void> {
  await executor.query(`delete from posthorn.queue where ${CLAIMED}`, claimed(claim))
}

/** No route wants the event: it is kept, shown and counted, and offered again when a route appears. */
export async function markUnrouted(executor: Executor, claim: Claim): Promise<void> {
  await executor.query(
    `with taken as (delete from posthorn.queue where ${CLAIMED} returning key),
     marked as (
       update posthorn.events e set state = 'unrouted', state_at = now()
       -- Dispatched: by the mirror of history, which was queued before the replay.
       from taken where e.key = taken.key and e.state in ('received', 'dispatched') returning e.key, e.provider, e.type, e.received_at)
     insert into posthorn.unrouted (key, provider, type, received_at) select * from marked on conflict do nothing`,
    claimed(claim),
  )
}
