import type { Executor } from './pool.ts'

/** An entity to look at again, and the version of it that the mirror holds; null where it holds none. */
export interface EntityToRead {
  kind: string
  id: string
  account: string | null
  version: string | null
}

export interface DriftedEntity extends EntityToRead {
  /** When it last changed; null where the list does not say. */
  changedAt: Date | null
  /** Handlers hear of it, and not the mirror alone. */
  isNews: boolean
}

/** Where a walk through entities in the order of kind and ID goes on. */
export interface After {
  kind: string
  id: string
}

export const START: After = { kind: '', id: '' }

/** Entities that differ from the mirror, or of which handlers have to hear. */
export async function driftedEntities(
  executor: Executor,
  { listing, after, limit }: { listing: string; after: After; limit: number },
): Promise<DriftedEntity[]> {
  const { rows } = await executor.query<DriftedEntity>(
    `select m.kind, m.entity_id as id, null as account, m.seen_version as version, case when not m.is_creation then m.changed_at end as "changedAt", m.is_news as "isNews"
     from posthorn.listed_entities m where m.listing = $1 and (m.drifted or m.is_news) and (m.kind, m.entity_id) > ($2, $3)
     order by m.kind, m.entity_id limit $4`,
    [listing, after.kind, after.id, limit],
  )
  return rows
}

/** Takes back that these entities drifted: a newer view was written while the listing settled, or somebody is about to read one. */
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
       union
       select e.entity_kind, e.entity_id
       from (select key from posthorn.open_runs where handler = 'mirror' union all select key from posthorn.held_runs where handler = 'mirror') r
         join posthorn.events e on e.key = r.key join posthorn.listings l on l.id = $1 and l.source = e.source
     )
     update posthorn.listed_entities m set drifted = false from settled s
     where m.listing = $1 and m.drifted and m.kind = s.kind and m.entity_id = s.entity_id`,
    [listing],
  )
}

/** How the token of a reading begins that looks for what a list lacks. */
export const UNLISTED = 'unlisted-'
/** How the token of an event begins that tells of what was looked for and is gone. */
export const GONE = 'gone-'

/** The synthetic events of the entity `e`: the hash is that of the index. */
const OF_ENTITY = (event: string): string => `
  hashtextextended(${event}.type || ' ' || ${event}.entity_id, 0) = hashtextextended(e.kind || '.reconciled ' || e.entity_id, 0)
    and ${event}.source = e.source and ${event}.entity_kind = e.kind and ${event}.entity_id = e.entity_id`

const IS_NOT_LISTED = `not exists (
  select from posthorn.listed_entities m where m.listing = l.id and m.kind = e.kind and m.entity_id = e.entity_id)`

/** It was looked for before, and has not been gone since: this list just does not show it. */
const IS_THERE = `exists (
  select from posthorn.events reading join posthorn.runs r on r.key = reading.key and r.handler = 'mirror' and r.state <> 'dead'
  where ${OF_ENTITY('reading')} and reading.event_id like '%@${UNLISTED}%' and not exists (
    select from posthorn.events told
    where ${OF_ENTITY('told')} and told.event_id like '%@${GONE}%' and told.received_at >= reading.received_at))`

/**
 * Mirrored entities that were there before the listing began and that it does not show: those of which it is known that they are there
 * all the same, or the others.
 */
export async function vanishedEntities(
  executor: Executor,
  { listing, kinds, areThere, limit }: { listing: string; kinds: readonly string[]; areThere: boolean; limit: number },
): Promise<EntityToRead[]> {
  const { rows } = await executor.query<EntityToRead>(
    `select e.kind, e.entity_id as id, null as account, e.version
     from posthorn.listings l join posthorn.entities e on e.source = l.source
     where l.id = $1 and e.kind = any($2) and e.deleted_at is null and e.fetched_at < l.started_at and ${IS_NOT_LISTED}
       and ${IS_THERE} = $3
     order by e.fetched_at limit $4`,
    [listing, kinds, areThere, limit],
  )
  return rows
}

export interface BuriedEntity extends EntityToRead {
  deletedAt: Date
}

/**
 * Entities that the list does not show, that a reading for the mirror alone has found to be gone, and of which no handler has heard yet.
 * A reading of long ago that a person has done again finds nothing new.
 */
export async function buriedInSilence(
  executor: Executor,
  { listing, limit }: { listing: string; limit: number },
): Promise<BuriedEntity[]> {
  const { rows } = await executor.query<BuriedEntity>(
    `select e.kind, e.entity_id as id, reading.account, e.version, e.deleted_at as "deletedAt"
     from posthorn.listings l join posthorn.entities e on e.source = l.source and e.deleted_by = 'absence'
       join posthorn.events reading on reading.key = e.event_key and reading.state_reason = 'refetch'
         and reading.received_at >= l.from_at - interval '7 days'
     where l.id = $1 and ${IS_NOT_LISTED} and not exists (
       select from posthorn.events told
       where ${OF_ENTITY('told')} and told.event_id like '%@${GONE}%' and told.received_at >= e.deleted_at)
     order by e.deleted_at limit $2`,
    [listing, limit],
  )
  return rows
}

export async function countEntities(executor: Executor, listing: string): Promise<EntityCounts> {
  const { rows } = await executor.query<EntityCounts>(
    `select count(*)::integer as listed, (count(*) filter (where is_news))::integer as news,
       (count(*) filter (where drifted and not is_news))::integer as history,
       coalesce(array_agg(distinct kind), '{}') as kinds
     from posthorn.listed_entities where listing = $1`,
    [listing],
  )
  return rows[0] as EntityCounts
}

export interface EntityCounts {
  listed: number
  news: number
  /** What differs from the mirror without being news. */
  history: number
  /** Of which the list shows any. */
  kinds: string[]
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

/** Any entity of one of these kinds that the mirror holds, or else one that the latest events were about. */
export async function anyEntity(
  executor: Executor,
  source: string,
  kinds: readonly string[],
): Promise<{ kind: string; id: string } | undefined> {
  const { rows } = await executor.query<{ kind: string; id: string }>(
    `(select kind, entity_id as id, 1 as place from posthorn.entities
       where source = $1 and kind = any($2) and deleted_at is null limit 1)
     union all
     (select entity_kind, entity_id, 2 from (select * from posthorn.events order by received_at desc limit 10000) latest
       where source = $1 and entity_kind = any($2) limit 1)
     order by place limit 1`,
    [source, kinds],
  )
  return rows[0]
}
