import type { Span } from './coverage.ts'
import type { Executor } from './pool.ts'

/** Windows of a person that wait for their first listing. `$1` is the source. */
const WAITING = `source = $1 and origin = 'operator' and listings = 0 and state = 'open'`

/**
 * Adds a person's windows. Where some of them wait already for a request of the same kind, that one is taken up where it was left, under
 * its own `refresh`; otherwise all are listed anew. What waited for another request goes.
 */
export async function requestWindows(
  executor: Executor,
  {
    source,
    now,
    refresh,
  }: { source: string; now: Date; /** Null: nothing is fetched again. */ refresh: string | null },
  spans: readonly Span[],
): Promise<void> {
  const input = JSON.stringify(spans)
  const asked = `json_to_recordset($2) as s("from" timestamptz, "to" timestamptz)`
  await executor.query(
    `delete from posthorn.coverage where ${WAITING}
       and ((refresh is null) <> ($3::text is null) or (from_at, to_at) not in (select s."from", s."to" from ${asked}))`,
    [source, input, refresh],
  )
  // What no list reached then and one reaches now.
  await executor.query(
    `delete from posthorn.coverage c using (select min(s."from") as from_at, max(s."to") as to_at from ${asked}) reached
     where c.source = $1 and c.origin = 'operator' and c.state = 'closed' and c.listings = 0
       and c.from_at >= reached.from_at and c.to_at <= reached.to_at`,
    [source, input],
  )
  await executor.query(
    `with waiting as (select refresh from posthorn.coverage where ${WAITING} limit 1)
     insert into posthorn.coverage as known (source, origin, from_at, to_at, refresh, due_at)
     select $1, 'operator', s."from", s."to", coalesce((select refresh from waiting), $3), $4 from ${asked}
     on conflict (source, origin, from_at, to_at) do update
     set state = 'open', listings = 0, refresh = excluded.refresh, due_at = excluded.due_at, doubt = null
     where not exists (select from waiting)`,
    [source, input, refresh, now],
  )
  // A list is read on only for the window, and the request, that it was begun for.
  await executor.query(
    `delete from posthorn.listings l where l.source = $1 and l.origin = 'operator' and not exists (
       select from posthorn.coverage c where ${WAITING} and c.from_at = l.from_at and c.to_at = l.to_at
         and c.refresh is not distinct from l.refresh)`,
    [source],
  )
}

/**
 * Where the request ends that was left, and that begins at `from` like this one; undefined where none waits. Its windows are days, so
 * that all of them lie whole days behind its beginning, but for one that begins where its list did.
 */
export async function waitingUntil(
  executor: Executor,
  { source, from, isBackfill }: { source: string; from: Date; isBackfill: boolean },
): Promise<Date | undefined> {
  const { rows } = await executor.query<{ to: Date }>(
    `select max(w.to_at) as "to" from posthorn.coverage w where ${WAITING} and (refresh is not null) = $3
     having bool_and(w.from_at >= $2 and (mod(extract(epoch from w.from_at - $2::timestamptz), 86400) = 0
       or exists (select from posthorn.coverage c where c.source = $1 and c.origin = 'operator' and c.state = 'closed'
         and c.from_at = $2 and c.to_at = w.from_at)))`,
    [source, from, isBackfill],
  )
  return rows[0]?.to
}
