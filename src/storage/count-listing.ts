import { type CoverageOrigin, type CoverageWindow, type Span, type WindowCounts, windowColumns } from './coverage.ts'
import type { Executor } from './pool.ts'

/** Names a window within a listing. */
export interface WindowName extends Span {
  origin: CoverageOrigin
}

/** Events of one type and account that webhooks brought and the list does not show. */
export interface Unlisted extends WindowName {
  type: string
  account: string | null
  count: number
}

export interface CountOptions {
  listing: string
  confirmAfterMs: number
  /** Older entries are the source's history. */
  baseline: Date
}

export interface UnlistedOptions {
  listing: string
  confirmAfterMs: number
  /** The list reaches no farther back. */
  horizon: Date
  /** Entries carry the time of sending. */
  bySending: boolean
}

/** The windows that a finished listing counts for: those never listed, and those listed long enough ago. `$1` is the listing. */
const DUE = `
  due as (
    select c.* from posthorn.listings l join posthorn.coverage c on c.source = l.source
    where l.id = $1 and c.state = 'open' and c.from_at >= l.from_at and c.to_at <= l.to_at
      -- What is to be read anew is so only by a listing that says so.
      and (c.listings > 0 or c.refresh is not distinct from l.refresh)
      and (c.listings = 0 or c.listed_at <= l.started_at - $2 * interval '1 millisecond')
  )`

/** What the list showed of a window, and how often it had been listed before. */
export type ListedCounts = WindowName &
  Omit<WindowCounts, 'unprovable' | 'contradicted'> & {
    listings: number
    /** Something was recovered in the time that no window before it reaches: what lies in two of them was lost once. */
    isGap: boolean
  }

/** What the list showed, window by window. */
export async function countListed(executor: Executor, options: CountOptions): Promise<ListedCounts[]> {
  const { rows } = await executor.query<ListedCounts>(
    `with ${DUE}, marked as materialized (
       select m.at, e.key is null as is_missing, e.secret_slot = 'api' as is_from_list
       from posthorn.listed_events m left join posthorn.events e on e.key = m.key where m.listing = $1
     )
     select due.origin, due.from_at as "from", due.to_at as "to", due.listings, count(m.at)::integer as listed,
       (count(*) filter (where not m.is_from_list))::integer as present,
       (count(*) filter (where m.is_from_list and m.at >= $3))::integer as recovered,
       (count(*) filter (where m.is_from_list and m.at < $3))::integer as baseline,
       (count(*) filter (where m.is_missing))::integer as unreachable,
       coalesce(bool_or(m.is_from_list and m.at >= $3 and m.at >= coalesce(before.to_at, '-infinity')), false) as "isGap"
     from due
       left join lateral (select c.to_at from posthorn.coverage c
         where c.source = due.source and c.origin = due.origin and c.from_at < due.from_at
         order by c.from_at desc, c.to_at desc limit 1) before on true
       left join marked m on m.at >= due.from_at and m.at < due.to_at
     group by due.origin, due.from_at, due.to_at, due.listings`,
    [options.listing, options.confirmAfterMs, options.baseline],
  )
  return rows
}

/** How far the provider's clock and ours are apart at most: near the edges of a list, the neighbouring one judges. */
const EDGE = `interval '1 minute'`
/** An event reaches us soon after it occurred, or after the provider's last retry. */
const ARRIVES_WITHIN = `interval '3 days'`

/**
 * What webhooks brought into the windows and the list does not show. An entry under the event's own time stands there and nowhere else;
 * one under the time of sending stands between that and the webhook's arrival. Only an event of which the entry would have to stand
 * within this list is missing from it. Keys derived from a body are unknown to any list.
 */
export async function countUnlisted(executor: Executor, options: UnlistedOptions): Promise<Unlisted[]> {
  const { rows } = await executor.query<Unlisted>(
    `with ${DUE}, span as (
       select min(due.from_at) as from_at, max(due.to_at) as to_at, l.source, l.from_at as listed_from, l.to_at as listed_to
       from due join posthorn.listings l on l.id = $1 group by l.id
     ), arrived as (
       select e.key, e.type, e.account, e.received_at, not $4 and e.occurred_at is not null as is_exact,
         coalesce(e.occurred_at, e.received_at) as occurred_at, span.listed_from, span.listed_to
       from span join posthorn.events e on e.source = span.source
       where e.received_at >= span.from_at - interval '1 hour' and e.received_at < span.to_at + ${ARRIVES_WITHIN}
         and e.secret_slot <> 'api' and e.event_id not like 'body:%'
     ), unlisted as materialized (
       select a.type, a.account, case when a.is_exact then a.occurred_at else a.received_at end as at
       from arrived a,
         lateral (select case when a.is_exact then a.occurred_at else least(a.occurred_at, a.received_at) - ${EDGE} end as earliest,
           case when a.is_exact then a.occurred_at else a.received_at + ${EDGE} end as latest) entry
       where entry.earliest >= greatest(a.listed_from, $3) and entry.latest < a.listed_to
         and not exists (select from posthorn.listed_events m where m.listing = $1 and m.key = a.key)
     )
     select due.origin, due.from_at as "from", due.to_at as "to", u.type, u.account, count(*)::integer as count
     from due join unlisted u on u.at >= due.from_at and u.at < due.to_at
     group by due.origin, due.from_at, due.to_at, u.type, u.account`,
    [options.listing, options.confirmAfterMs, options.horizon, options.bySending],
  )
  return rows
}

/** Counts that are left out stay as they were. */
export interface Verdict extends WindowName, Partial<WindowCounts> {
  /** How often the window had been listed when it was judged. */
  listings: number
  doubt: string | null
  /** As in `ListedCounts`. */
  isGap: boolean
  /** Nothing speaks against it, so that a second listing closes it. */
  mayClose: boolean
}

/**
 * Writes the counts of a finished listing into its windows and forgets what it noted. Returns the windows as they stand now, without
 * those where somebody else was faster: a window that two listings were read for at once has been listed once.
 */
export async function closeListing(
  executor: Executor,
  { listing, now, confirmAfterMs }: { listing: string; now: Date; confirmAfterMs: number },
  verdicts: readonly Verdict[],
): Promise<CoverageWindow[]> {
  const { rows } = await executor.query<CoverageWindow>(
    `with gone as (
       delete from posthorn.listings where id = $1 returning source
     )
     update posthorn.coverage c
     set listings = c.listings + 1, listed_at = $2, due_at = $2::timestamptz + 1.25 * $3 * interval '1 millisecond',
       listed = coalesce(v.listed, c.listed), present = coalesce(v.present, c.present), recovered = coalesce(v.recovered, c.recovered),
       baseline = coalesce(v.baseline, c.baseline), unreachable = coalesce(v.unreachable, c.unreachable),
       unprovable = coalesce(v.unprovable, c.unprovable), contradicted = coalesce(v.contradicted, c.contradicted), doubt = v.doubt,
       is_gap = c.is_gap or v."isGap",
       state = case when c.listings > 0 and v."mayClose" then 'closed' else 'open' end
     from gone, json_to_recordset($4) as v("from" timestamptz, "to" timestamptz, origin text, listings integer, listed integer, present integer,
       recovered integer, baseline integer, unreachable integer, unprovable integer, contradicted integer, doubt text, "isGap" boolean, "mayClose" boolean)
     where c.source = gone.source and c.origin = v.origin and c.from_at = v."from" and c.to_at = v."to"
       and c.listings = v.listings
     returning ${windowColumns('c')}`,
    [listing, now, confirmAfterMs, JSON.stringify(verdicts)],
  )
  return rows
}
