import type { CoverageOrigin, Span } from './coverage.ts'
import type { Executor } from './pool.ts'
import { isStorableJson, isStorableText } from './storable-text.ts'

/** A list that is being read. */
export interface Listing extends Span {
  id: string
  source: string
  origin: CoverageOrigin
  /** Fetch the entities of known events again, under this name. */
  refresh: string | null
  /** Where the next page begins; null: at the start. */
  cursor: string | null
  pages: number
  startedAt: Date
  finishedAt: Date | null
  /** Since when it is known what of it is news. Of entities only. */
  judgedAt: Date | null
}

const COLUMNS = `id, source, origin, from_at as "from", to_at as "to", refresh, cursor, pages, started_at as "startedAt",
  finished_at as "finishedAt", judged_at as "judgedAt"`

export async function loadListing(executor: Executor, id: string): Promise<Listing | undefined> {
  const { rows } = await executor.query<Listing>(`select ${COLUMNS} from posthorn.listings where id = $1`, [id])
  return rows[0]
}

export interface NextListing {
  source: string
  origin: CoverageOrigin
  now: Date
  /** A person's request. */
  asked?: Span
  /** How long after its first listing a window may be listed again. Milliseconds. */
  confirmAfterMs: number
  /** The list shows the present: one answers for all the time that has passed. */
  isOfPresent: boolean
}

/** A cursor that nobody has moved for so long may mean nothing to the provider any more: the list is begun again. */
const CURSOR_LIVES = `interval '1 day'`
/** Windows that wait for their second listing are listed together, up to this stretch, where a list is as long as its time. */
const LONGEST = `interval '25 hours'`

/** The listing that is under way, or else one for the window that is due first; undefined when none is. */
export async function nextListing(executor: Executor, request: NextListing): Promise<Listing | undefined> {
  const { source, origin, now, asked } = request
  await executor.query(
    `delete from posthorn.listings where source = $1 and origin = $2
       and (read_at < $3::timestamptz - ${CURSOR_LIVES} or from_at < $4 or to_at > $5)`,
    [source, origin, now, asked?.from ?? '-infinity', asked?.to ?? 'infinity'],
  )
  await executor.query(
    `with due as (
       select from_at, to_at, listings, case when listings = 0 then refresh end as refresh from posthorn.coverage
       where source = $1 and state = 'open' and due_at <= $3 and from_at >= $4 and to_at <= $5
         and case $2 when 'operator' then origin = 'operator' and listings = 0 else origin = 'schedule' or listings > 0 end
       order by listings > 0, from_at limit 1
     ), alike as (
       select max(c.to_at) as to_at from due join posthorn.coverage c on due.listings > 0
         and c.source = $1 and c.state = 'open' and c.listings > 0 and c.listed_at <= $3::timestamptz - $6 * interval '1 millisecond'
         and c.from_at >= due.from_at and ($7 or c.to_at <= due.from_at + ${LONGEST})
     )
     insert into posthorn.listings (source, origin, from_at, to_at, refresh, started_at, read_at)
     select $1, $2, due.from_at, greatest(due.to_at, alike.to_at), due.refresh, $3, $3 from due, alike
     on conflict do nothing`,
    [
      source,
      origin,
      now,
      asked?.from ?? '-infinity',
      asked?.to ?? 'infinity',
      request.confirmAfterMs,
      request.isOfPresent,
    ],
  )
  const { rows } = await executor.query<Listing>(
    `select ${COLUMNS} from posthorn.listings where source = $1 and origin = $2`,
    [source, origin],
  )
  return rows[0]
}

/** A page that was read: the cursor it was read at, and the one behind it. */
export interface PageTurn {
  listing: string
  cursor: string | null
  /** Absent: it was the last page. */
  next?: string | undefined
  now: Date
}

const TURN = `
  turned as (
    update posthorn.listings set cursor = $3, pages = pages + 1, read_at = $4, finished_at = case when $3::text is null then $4::timestamptz end
    where id = $1 and cursor is not distinct from $2 and finished_at is null
    returning id)`

const turnValues = ({ listing, cursor, next, now }: PageTurn): unknown[] => [listing, cursor, next ?? null, now]

/** Notes a page of events and moves on, both or neither. Whoever read the same page meanwhile changes nothing. */
export async function turnEventPage(
  executor: Executor,
  turn: PageTurn,
  events: readonly { key: string; at: Date }[],
): Promise<void> {
  const unique = new Map(events.map((event) => [event.key, event]))
  await executor.query(
    `with ${TURN}
     insert into posthorn.listed_events as known (listing, key, at)
     select turned.id, e.key, e.at from turned, json_to_recordset($5) as e(key uuid, at timestamptz)
     on conflict (listing, key) do update set at = least(known.at, excluded.at)`,
    [...turnValues(turn), JSON.stringify([...unique.values()])],
  )
}

export interface SeenEntity {
  kind: string
  id: string
  /** As text, for it may be greater than JSON's numbers. */
  version?: string | undefined
  state?: object | undefined
  changedAt?: Date | undefined
  /** `changedAt` is when it came to be; how often it has changed since is not known. */
  isCreation?: boolean
}

/**
 * Notes a page of entities, each with whether it differs from the mirror, and moves on. One whose state Postgres cannot compare, for it
 * cannot hold it, counts as different; one whose ID it cannot hold is left out. Returns how many were.
 */
export async function turnEntityPage(
  executor: Executor,
  turn: PageTurn,
  { source, entities }: { source: string; entities: readonly SeenEntity[] },
): Promise<number> {
  const named = entities.filter(({ id }) => isStorableText(id))
  const unique = new Map(named.map((entity) => [`${entity.kind}/${entity.id}`, comparable(entity)]))
  await executor.query(
    `with ${TURN}
     insert into posthorn.listed_entities (listing, kind, entity_id, changed_at, is_creation, seen_version, drifted)
     select turned.id, l.kind, l.id, l."changedAt", coalesce(l."isCreation", false), e.version,
       e.entity_id is null
         or coalesce(e.deleted_by <> 'erasure', false)
         or (e.deleted_at is null and coalesce(l.version > e.version, not e.state @> l.state, l.incomparable))
     from turned, json_to_recordset($5) as l(kind text, id text, version bigint, state jsonb, "changedAt" timestamptz, "isCreation" boolean, incomparable boolean)
     left join posthorn.entities e on e.source = $6 and e.kind = l.kind and e.entity_id = l.id
     on conflict do nothing`,
    [...turnValues(turn), JSON.stringify([...unique.values()]), source],
  )
  return entities.length - named.length
}

function comparable({ state, ...entity }: SeenEntity): SeenEntity & { incomparable: boolean } {
  return isStorableJson(state) ? { ...entity, state, incomparable: false } : { ...entity, incomparable: true }
}
