import type { Executor } from './pool.ts'

/** An entity to look at again, and the version of it that the mirror holds; null where it holds none. */
export interface EntityToRead {
  kind: string
  id: string
  account: string | null
  version: string | null
}

export interface DriftedEntity extends EntityToRead {
  /** When it last changed. Null: the list does not say, or an event told of it. */
  changedAt: Date | null
}

/** Where a walk through entities in the order of kind and ID goes on. */
export interface After {
  kind: string
  id: string
}

export const START: After = { kind: '', id: '' }

/** Entities that differ from the mirror. */
export async function driftedEntities(
  executor: Executor,
  { listing, after, limit }: { listing: string; after: After; limit: number },
): Promise<DriftedEntity[]> {
  const { rows } = await executor.query<DriftedEntity>(
    `select m.kind, m.entity_id as id, null as account, m.seen_version as version, m.changed_at as "changedAt"
     from posthorn.listed_entities m where m.listing = $1 and m.drifted and (m.kind, m.entity_id) > ($2, $3)
     order by m.kind, m.entity_id limit $4`,
    [listing, after.kind, after.id, limit],
  )
  return rows
}

/** Takes back that these entities drifted: a newer view was written while the listing settled, or waits in the queue to be read. */
export async function settleDrift(executor: Executor, listing: string): Promise<void> {
  await executor.query(
    `with settled as (
       select e.kind, e.entity_id from posthorn.listings l
         join posthorn.listed_entities m on m.listing = l.id and m.drifted
         join posthorn.entities e on e.source = l.source and e.kind = m.kind and e.entity_id = m.entity_id
       where l.id = $1 and e.version is distinct from m.seen_version
       union
       select e.entity_kind, e.entity_id from posthorn.listings l
         join posthorn.queue q on q.source = l.source and (q.handler is null or q.handler = 'mirror')
         join posthorn.events e on e.key = q.key
       where l.id = $1
     )
     update posthorn.listed_entities m set drifted = false from settled s
     where m.listing = $1 and m.drifted and m.kind = s.kind and m.entity_id = s.entity_id`,
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

/**
 * What an event told of is no news any more, although the mirror does not show it. Both times are the provider's; that of the event may be
 * stated in whole seconds.
 */
export async function forgetHeard(executor: Executor, listing: string): Promise<void> {
  await executor.query(
    `update posthorn.listed_entities m set changed_at = null
     from posthorn.listings l join posthorn.events e on e.source = l.source
     where l.id = $1 and m.listing = l.id and m.drifted and e.entity_kind = m.kind and e.entity_id = m.entity_id
       and coalesce(e.occurred_at, e.received_at) >= case
         when e.occurred_at = date_trunc('second', e.occurred_at) then date_trunc('second', m.changed_at) else m.changed_at end`,
    [listing],
  )
}

/** Mirrored entities that were there before the listing began and that it does not show. */
export async function vanishedEntities(
  executor: Executor,
  { listing, kinds, limit }: { listing: string; kinds: readonly string[]; limit: number },
): Promise<EntityToRead[]> {
  const { rows } = await executor.query<EntityToRead>(
    `select e.kind, e.entity_id as id, null as account, e.version
     from posthorn.listings l join posthorn.entities e on e.source = l.source
     where l.id = $1 and e.kind = any($2) and e.deleted_at is null and e.fetched_at < l.started_at
       and not exists (select from posthorn.listed_entities m where m.listing = l.id and m.kind = e.kind and m.entity_id = e.entity_id)
     order by e.kind, e.entity_id limit $3`,
    [listing, kinds, limit],
  )
  return rows
}

/** `news`: those of the drifted that have changed since then. */
export async function countEntities(
  executor: Executor,
  listing: string,
  since: Date | undefined,
): Promise<EntityCounts> {
  const { rows } = await executor.query<EntityCounts>(
    `select count(*)::integer as listed, (count(*) filter (where drifted))::integer as drifted,
       (count(*) filter (where drifted and ($2::timestamptz is null or changed_at >= $2)))::integer as news
     from posthorn.listed_entities where listing = $1`,
    [listing, since ?? null],
  )
  return rows[0] as EntityCounts
}

export interface EntityCounts {
  listed: number
  drifted: number
  news: number
}

/** A listed event, by which a walk goes on. */
export interface AfterKey {
  key: string
}

export const FIRST_KEY: AfterKey = { key: '00000000-0000-0000-0000-000000000000' }

/** `entity`: null for what names none of these kinds, and for what was not known before the listing began. */
export interface KnownEvent extends AfterKey {
  entity: EntityToRead | null
}

/** Listed events with the entities that a backfill reads again. The page is cut before it is joined, so that each costs the same. */
export async function knownEvents(
  executor: Executor,
  { listing, kinds, after, limit }: { listing: string; kinds: readonly string[]; after: AfterKey; limit: number },
): Promise<KnownEvent[]> {
  const { rows } = await executor.query<KnownEvent>(
    `select page.key, case when e.key is not null then
         json_build_object('kind', e.entity_kind, 'id', e.entity_id, 'account', e.account, 'version', null) end as entity
     from (select listing, key from posthorn.listed_events where listing = $1 and key > $3 order by key limit $4) page
       join posthorn.listings l on l.id = page.listing
       left join posthorn.events e on e.key = page.key and e.entity_kind = any($2) and e.received_at < l.started_at
     order by page.key`,
    [listing, kinds, after.key, limit],
  )
  return rows
}

/** Any entity that the mirror holds of one of these kinds. */
export async function anyEntity(
  executor: Executor,
  source: string,
  kinds: readonly string[],
): Promise<{ kind: string; id: string } | undefined> {
  const { rows } = await executor.query<{ kind: string; id: string }>(
    `select kind, entity_id as id from posthorn.entities where source = $1 and kind = any($2) and deleted_at is null limit 1`,
    [source, kinds],
  )
  return rows[0]
}
