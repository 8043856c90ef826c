import type { Executor } from './pool.ts'

/**
 * A reading for the mirror alone that ended after the change: the mirror shows it, and no handler has heard of it.
 */
const READ_IN_SILENCE = `exists (
  select from posthorn.events e join posthorn.runs r on r.key = e.key
  where hashtextextended(e.type || ' ' || e.entity_id, 0) = hashtextextended(m.kind || '.reconciled ' || m.entity_id, 0)
    and e.source = l.source and e.entity_kind = m.kind and e.entity_id = m.entity_id
    and e.state_reason = 'refetch' and r.closed_at >= m.changed_at)`

/**
 * Takes for news what has changed since `baseline`, as the list says: of the entities that differ from the mirror, and of those that
 * changed in the time that is compared and were read for the mirror alone.
 */
export async function noteChanged(executor: Executor, listing: string, baseline: Date): Promise<void> {
  await executor.query(
    `update posthorn.listed_entities m set is_news = true from posthorn.listings l
     where l.id = $1 and m.listing = l.id and m.changed_at >= $2
       and (m.drifted or (m.changed_at >= l.from_at and ${READ_IN_SILENCE}))`,
    [listing, baseline],
  )
}

/** The earliest change that is news so far; undefined where none is. */
export async function earliestNews(executor: Executor, listing: string): Promise<Date | undefined> {
  const { rows } = await executor.query<{ earliest: Date | null }>(
    'select min(changed_at) as earliest from posthorn.listed_entities where listing = $1 and is_news',
    [listing],
  )
  return rows[0]?.earliest ?? undefined
}

/**
 * What an event told of is no news, although the mirror may not show it. Both times are the provider's; that of the event may be stated
 * in whole seconds. Only events that came between `from` and `to` are looked at: no index knows the entities of all. Returns how many.
 */
export async function forgetHeard(
  executor: Executor,
  listing: string,
  { from, to }: { from: Date; to: Date | undefined },
): Promise<number> {
  const { rowCount } = await executor.query(
    `update posthorn.listed_entities m set is_news = false
     from posthorn.listings l join posthorn.events e on e.source = l.source
     where l.id = $1 and m.listing = l.id and m.is_news and e.entity_kind = m.kind and e.entity_id = m.entity_id
       and e.received_at >= $2 and e.received_at < $3 and e.state_reason is distinct from 'refetch'
       and coalesce(e.occurred_at, e.received_at) >= case
         when e.occurred_at = date_trunc('second', e.occurred_at) then date_trunc('second', m.changed_at) else m.changed_at end`,
    [listing, from, to ?? 'infinity'],
  )
  return rowCount ?? 0
}

/** Takes for news whatever differs and has no time of its last change, however much was heard of it before. */
export async function noteUndated(executor: Executor, listing: string): Promise<void> {
  await executor.query(
    'update posthorn.listed_entities set is_news = true where listing = $1 and drifted and (changed_at is null or is_creation)',
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
