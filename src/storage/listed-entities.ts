import type { Executor } from './pool.ts'

/** An entity to look at again, and the version of it that the mirror holds; null where it holds none. */
export interface EntityToRead {
  kind: string
  id: string
  account: string | null
  version: string | null
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
): Promise<EntityToRead[]> {
  const { rows } = await executor.query<EntityToRead>(
    `select m.kind, m.entity_id as id, null as account, m.seen_version as version
     from posthorn.listed_entities m where m.listing = $1 and m.drifted and (m.kind, m.entity_id) > ($2, $3)
     order by m.kind, m.entity_id limit $4`,
    [listing, after.kind, after.id, limit],
  )
  return rows
}

/** Takes back that these entities drifted: a newer view was written while the listing settled. */
export async function settleDrift(executor: Executor, listing: string): Promise<void> {
  await executor.query(
    `update posthorn.listed_entities m set drifted = false
     from posthorn.listings l, posthorn.entities e
     where l.id = $1 and m.listing = l.id and m.drifted and e.source = l.source and e.kind = m.kind and e.entity_id = m.entity_id
       and e.version is distinct from m.seen_version`,
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

export async function countEntities(executor: Executor, listing: string): Promise<{ listed: number; drifted: number }> {
  const { rows } = await executor.query<{ listed: number; drifted: number }>(
    `select count(*)::integer as listed, (count(*) filter (where drifted))::integer as drifted
     from posthorn.listed_entities where listing = $1`,
    [listing],
  )
  return rows[0] as { listed: number; drifted: number }
}

/** The entities of listed events that were known before the listing began: what a backfill reads again. */
export async function knownEntities(
  executor: Executor,
  { listing, kinds, after, limit }: { listing: string; kinds: readonly string[]; after: After; limit: number },
): Promise<EntityToRead[]> {
  const { rows } = await executor.query<EntityToRead>(
    `select e.entity_kind as kind, e.entity_id as id, min(e.account) as account, null as version
     from posthorn.listings l join posthorn.listed_events m on m.listing = l.id join posthorn.events e on e.key = m.key
     where l.id = $1 and e.entity_kind = any($2) and e.received_at < l.started_at and (e.entity_kind, e.entity_id) > ($3, $4)
     group by e.entity_kind, e.entity_id order by 1, 2 limit $5`,
    [listing, kinds, after.kind, after.id, limit],
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
