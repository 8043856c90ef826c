import type { EntityRef } from '../domain/event.ts'
import type { Executor } from './pool.ts'

export interface EntityView {
  source: string
  entity: EntityRef
  /** The provider's own version, or the fetch sequence drawn before the request left. */
  version: bigint
  /** The canonical state; undefined makes a tombstone. */
  state?: unknown
  /** Why it is a tombstone: the provider said so, or it was no longer found. */
  deletedBy?: 'event' | 'absence'
  /** The event whose processing led to this view. */
  eventKey: string
}

/** Draws the sequence of a canonical read. Draw it before the request leaves, never after. */
export async function nextFetchSequence(executor: Executor): Promise<bigint> {
  const { rows } = await executor.query<{ nextval: string }>(`select nextval('posthorn.fetch_sequence')`)
  return BigInt((rows[0] as { nextval: string }).nextval)
}

/** Writes a view unless a newer one is there, or a person has had the entity erased. True when it was written. */
export async function saveEntity(executor: Executor, view: EntityView): Promise<boolean> {
  const { rowCount } = await executor.query({
    name: 'entity-save',
    text: `
      insert into posthorn.entities as known (source, kind, entity_id, version, state, deleted_at, deleted_by, event_key)
      values ($1, $2, $3, $4, $5, case when $6::text is not null then now() end, $6, $7)
      on conflict (source, kind, entity_id) do update
      set version = excluded.version, state = excluded.state,
        -- That it is not found tells nothing new of what was gone before.
        deleted_by = case when excluded.deleted_by = 'absence' then coalesce(known.deleted_by, 'absence') else excluded.deleted_by end,
        deleted_at = case when excluded.deleted_by = 'absence' then coalesce(known.deleted_at, now()) else excluded.deleted_at end,
        fetched_at = now(), event_key = excluded.event_key
      where known.version < excluded.version and known.deleted_by is distinct from 'erasure'`,
    values: [
      view.source,
      view.entity.kind,
      view.entity.id,
      view.version.toString(),
      view.deletedBy === undefined ? JSON.stringify(view.state) : null,
      view.deletedBy ?? null,
      view.eventKey,
    ],
  })
  return rowCount === 1
}

/** Tombstones that this source got within the last `seconds` because something was no longer found. */
export async function recentAbsences(executor: Executor, source: string, seconds: number): Promise<number> {
  const { rows } = await executor.query<{ count: number }>(
    `select count(*)::integer as count from posthorn.entities
     where source = $1 and deleted_by = 'absence' and deleted_at > now() - $2 * interval '1 second'`,
    [source, seconds],
  )
  return rows[0]?.count ?? 0
}

/** An entity as it is mirrored. */
export interface StoredEntity {
  version: bigint
  /** Undefined for what is gone. */
  state: unknown
  deletedBy: 'event' | 'absence' | 'erasure' | undefined
}

export async function findEntity(
  executor: Executor,
  source: string,
  entity: EntityRef,
): Promise<StoredEntity | undefined> {
  const { rows } = await executor.query<{
    version: string
    state: unknown
    deleted_by: StoredEntity['deletedBy'] | null
  }>('select version, state, deleted_by from posthorn.entities where source = $1 and kind = $2 and entity_id = $3', [
    source,
    entity.kind,
    entity.id,
  ])
  const [row] = rows
  return row && { version: BigInt(row.version), state: row.state ?? undefined, deletedBy: row.deleted_by ?? undefined }
}
