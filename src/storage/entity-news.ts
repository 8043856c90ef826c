import { UNLISTED } from './listed-entities.ts'
import type { Executor } from './pool.ts'

/** A comparison has told of this entity, or had it read: the hash is that of the index. */
const RECONCILED = `
  hashtextextended(e.type || ' ' || e.entity_id, 0) = hashtextextended(m.kind || '.reconciled ' || m.entity_id, 0)
    and e.source = l.source and e.entity_kind = m.kind and e.entity_id = m.entity_id`

/** An earlier comparison has judged this change, or one after it. */
const JUDGED_BEFORE = `exists (select from posthorn.events e where ${RECONCILED} and e.occurred_at >= m.changed_at)`

/** A reading for the mirror alone that ended after the change: the mirror shows it, and no handler has heard of it. */
const READ_IN_SILENCE = `exists (
  select from posthorn.events e join posthorn.runs r on r.key = e.key
  where ${RECONCILED} and e.state_reason = 'refetch' and r.closed_at >= m.changed_at)`

/** A list of the last day lacked it, so that it was looked for, by the mirror alone: what happened to it meanwhile is told now or never. */
const LOOKED_FOR = `(m.changed_at >= l.from_at - interval '25 hours' and exists (
  select from posthorn.events e
  where ${RECONCILED} and e.event_id like '%@${UNLISTED}%' and e.received_at >= l.from_at - interval '25 hours'))`

export interface ChangedSince {
  /** What changed earlier is history. */
  baseline: Date
  /** How far before its listing's time a change may be dated that belongs there. Milliseconds. */
  overlapMs: number
}

/**
 * Takes for news what has changed since `baseline`, as the list says: of the entities that differ from the mirror, and of those that
 * changed in the time that is compared and were read for the mirror alone. Done once for a listing, whoever asks.
 */
export async function noteChanged(
  executor: Executor,
  listing: string,
  { baseline, overlapMs }: ChangedSince,
): Promise<void> {
  await executor.query(
    `with l as (
       update posthorn.listings set heard_to = 'infinity' where id = $1 and heard_to is null returning id, source, from_at
     )
     update posthorn.listed_entities m set is_news = true from l
     where m.listing = l.id and m.changed_at >= $2 and not ${JUDGED_BEFORE}
       and (m.drifted
         or ((m.changed_at >= l.from_at - $3 * interval '1 millisecond' or ${LOOKED_FOR}) and ${READ_IN_SILENCE}))`,
    [listing, baseline, overlapMs],
  )
}

/**
 * What an event told of is no news, although the mirror may not show it. Both times are the provider's; that of the event may be stated
 * in whole seconds. No index knows the entities of all events, so they are looked through by their time, an hour with each call, from
 * `now` backwards to an hour before the earliest change, for so much clocks may be apart. False when that is done.
 */
export async function forgetHeard(executor: Executor, listing: string, now: Date): Promise<boolean> {
  const { rows } = await executor.query<{ went: boolean }>(
    `with earliest as (
       select min(changed_at) as at from posthorn.listed_entities where listing = $1 and is_news
     ), span as (
       update posthorn.listings l set heard_to = least(before.heard_to, $2) - interval '1 hour'
       from (select id, heard_to from posthorn.listings where id = $1 for update) before, earliest
       where l.id = before.id and before.heard_to > earliest.at - interval '1 hour'
       returning l.source, l.heard_to as from_at, before.heard_to as to_at
     ), forgotten as (
       update posthorn.listed_entities m set is_news = false
       from span join posthorn.events e on e.source = span.source and e.received_at >= span.from_at and e.received_at < span.to_at
       where m.listing = $1 and m.is_news and e.entity_kind = m.kind and e.entity_id = m.entity_id
         and e.state_reason is distinct from 'refetch'
         and coalesce(e.occurred_at, e.received_at) >= case
           when e.occurred_at = date_trunc('second', e.occurred_at) then date_trunc('second', m.changed_at) else m.changed_at end
     )
     select exists (select from span) as went`,
    [listing, now],
  )
  return rows[0]?.went === true
}

/** Takes for news whatever differs and has no time of its last change, however much was heard of it before. */
export async function noteUndated(executor: Executor, listing: string): Promise<void> {
  await executor.query(
    `update posthorn.listed_entities set is_news = true
     where listing = $1 and drifted and (changed_at is null or is_creation)`,
    [listing],
  )
}

/**
 * Whether what differs from the mirror has changed since the source was compared last. It has not where the time up to this listing was
 * never compared, nor where the mirror holds nothing any more of what it held then: somebody has emptied it.
 */
export async function isComparedBefore(executor: Executor, listing: string): Promise<boolean> {
  const { rows } = await executor.query<{ compared: boolean }>(
    `select c.present = 0
       or exists (select from posthorn.entities e where e.source = c.source and e.fetched_at < c.listed_at) as compared
     from posthorn.listings l join posthorn.coverage c on c.source = l.source and c.listings > 0 and c.to_at >= l.from_at
     where l.id = $1 order by c.listed_at desc, c.to_at desc limit 1`,
    [listing],
  )
  return rows[0]?.compared ?? false
}

/** From here on the listing is not judged anew: what was noted of it stands. */
export async function noteJudged(executor: Executor, listing: string): Promise<void> {
  await executor.query('update posthorn.listings set judged_at = clock_timestamp() where id = $1', [listing])
}
