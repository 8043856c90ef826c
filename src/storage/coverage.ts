import type { Executor } from './pool.ts'

/** `schedule`: windows that join without gaps. `operator`: asked for by a person. */
export type CoverageOrigin = 'schedule' | 'operator'

export interface Span {
  from: Date
  to: Date
}

/** What the provider's list showed of a window. listed = present + recovered + baseline + unreachable. */
export interface WindowCounts {
  listed: number
  /** A webhook brought them. */
  present: number
  /** The list brought them, before any webhook did. */
  recovered: number
  /** History, such as what is older than the source's connection: mirrored, never run. */
  baseline: number
  /** Listed, but their content cannot be had. */
  unreachable: number
  /** Brought by a webhook, and of a kind or time that the list does not cover. */
  unprovable: number
  /** Brought by a webhook, and missing from the list. */
  contradicted: number
}

export interface CoverageWindow extends WindowCounts {
  source: string
  origin: CoverageOrigin
  from: Date
  to: Date
  /** Closed: proven by two listings, or never to be proven, and then `doubt` says why. */
  state: 'open' | 'closed'
  listings: number
  listedAt: Date | null
  doubt: string | null
}

const WINDOW_COLUMNS = {
  source: 'source',
  origin: 'origin',
  from: 'from_at',
  to: 'to_at',
  state: 'state',
  listings: 'listings',
  listedAt: 'listed_at',
  listed: 'listed',
  present: 'present',
  recovered: 'recovered',
  baseline: 'baseline',
  unreachable: 'unreachable',
  unprovable: 'unprovable',
  contradicted: 'contradicted',
  doubt: 'doubt',
} as const satisfies Record<keyof CoverageWindow, string>

/** What to select for a `CoverageWindow`. */
export const windowColumns = (table: string): string =>
  Object.entries(WINDOW_COLUMNS)
    .map(([name, column]) => `${table}.${column} as "${name}"`)
    .join(', ')

/** Up to where the schedule's windows of a source reach. */
export async function readWatermark(executor: Executor, source: string): Promise<Date | undefined> {
  const { rows } = await executor.query<{ to: Date | null }>(
    `select max(to_at) as "to" from posthorn.coverage where source = $1 and origin = 'schedule'`,
    [source],
  )
  return rows[0]?.to ?? undefined
}

/**
 * Forgets windows of the schedule that reach into the future, and says how many there were: a wrong clock planned them, and what has
 * not happened yet was compared with nothing.
 */
export async function forgetFuture(executor: Executor, source: string, now: Date): Promise<number> {
  const ahead = `source = $1 and origin = 'schedule' and to_at > $2::timestamptz + interval '1 minute'`
  const { rows } = await executor.query<{ windows: number }>(
    `with forgotten as (delete from posthorn.coverage where ${ahead} returning to_at),
       stopped as (delete from posthorn.listings where ${ahead})
     select count(*)::integer as windows from forgotten`,
    [source, now],
  )
  return rows[0]?.windows ?? 0
}

/** Adds windows of the schedule to the ledger, to be listed from now on. */
export async function openWindows(
  executor: Executor,
  { source, now }: { source: string; now: Date },
  spans: readonly Span[],
): Promise<void> {
  await executor.query(
    `insert into posthorn.coverage (source, origin, from_at, to_at, due_at)
     select $1, 'schedule', s."from", s."to", $2 from json_to_recordset($3) as s("from" timestamptz, "to" timestamptz)
     on conflict do nothing`,
    [source, now, JSON.stringify(spans)],
  )
}

/** Closes a stretch of time that no list reaches: what webhooks brought in it stays unproven. */
export async function closeUnprovable(
  executor: Executor,
  window: Span & { source: string; origin: CoverageOrigin; now: Date; doubt: string },
): Promise<void> {
  // The same request, earlier: its list reached back farther, or there was none.
  await executor.query(
    `delete from posthorn.coverage
     where source = $1 and origin = $2 and from_at = $3 and to_at <> $4 and state = 'closed' and listings = 0`,
    [window.source, window.origin, window.from, window.to],
  )
  await executor.query(
    `insert into posthorn.coverage as known (source, origin, from_at, to_at, due_at, state, doubt, unprovable)
     values ($1, $2, $3, $4, $5, 'closed', $6, (
       select count(*) from posthorn.events where source = $1 and secret_slot <> 'api'
         and received_at >= $3 and received_at < $4::timestamptz + interval '3 days'
         and coalesce(occurred_at, received_at) >= $3 and coalesce(occurred_at, received_at) < $4))
     on conflict (source, origin, from_at, to_at) do update set unprovable = excluded.unprovable`,
    [window.source, window.origin, window.from, window.to, window.now, window.doubt],
  )
}

/** Gives up on windows that the list no longer reaches, or reaches no longer whole and has shown once. */
export async function lapseWindows(executor: Executor, source: string, horizon: Date): Promise<void> {
  await executor.query(
    `update posthorn.coverage set state = 'closed', doubt = coalesce(doubt, 'beyond_horizon')
     where source = $1 and state = 'open' and (to_at <= $2 or (listings > 0 and from_at < $2))`,
    [source, horizon],
  )
}

/** Notes why the windows of a listing cannot be listed now. They stay open. */
export async function doubtWindows(executor: Executor, listing: string, doubt: string): Promise<void> {
  await executor.query(
    `update posthorn.coverage c set doubt = $2 from posthorn.listings l
     where l.id = $1 and c.source = l.source and c.from_at >= l.from_at and c.to_at <= l.to_at and c.state = 'open'`,
    [listing, doubt],
  )
}

/** How many of the schedule's latest `windows` windows had something of their own to recover. */
export async function recentGaps(executor: Executor, source: string, windows: number): Promise<number> {
  const { rows } = await executor.query<{ gaps: number }>(
    `select count(*)::integer as gaps from (
       select is_gap from posthorn.coverage where source = $1 and origin = 'schedule' and listings > 0
       order by to_at desc limit $2) latest
     where is_gap`,
    [source, windows],
  )
  return rows[0]?.gaps ?? 0
}
