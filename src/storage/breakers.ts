import type { Executor } from './pool.ts'
import { toStorableText } from './storable-text.ts'

export type BreakerState = 'closed' | 'open' | 'half_open'

/** A source's breaker, in times from the database's now. */
export interface Breaker {
  source: string
  state: BreakerState
  /** Outages in a row while closed. */
  failures: number
  /** Until the next call may be tried; 0 or less: now. Undefined while closed. Milliseconds. */
  tryInMs?: number
  openedAt?: Date
  /** Since the last outage ended. Milliseconds. */
  recoveredMs?: number
  lastError?: string
}

interface BreakerRow {
  source: string
  state: BreakerState
  failures: number
  try_in_ms: number | null
  opened_at: Date | null
  recovered_ms: number | null
  last_error: string | null
}

/** Breakers of the sources that have ever been out. */
export async function readBreakers(executor: Executor): Promise<Map<string, Breaker>> {
  const { rows } = await executor.query<BreakerRow>({
    name: 'breakers-read',
    text: `
      select source, state, failures, opened_at, last_error,
        extract(epoch from case state when 'half_open' then probe_deadline else probe_at end - now())::float8 * 1000 as try_in_ms,
        extract(epoch from now() - recovered_at)::float8 * 1000 as recovered_ms
      from posthorn.breakers`,
  })
  return new Map(rows.map((row) => [row.source, toBreaker(row)]))
}

const toBreaker = (row: BreakerRow): Breaker => ({
  source: row.source,
  state: row.state,
  failures: row.failures,
  ...(row.try_in_ms !== null && { tryInMs: row.try_in_ms }),
  ...(row.opened_at !== null && { openedAt: row.opened_at }),
  ...(row.recovered_ms !== null && { recoveredMs: row.recovered_ms }),
  ...(row.last_error !== null && { lastError: row.last_error }),
})

export interface Outage {
  source: string
  error: string
  /** Until the first probe, if this outage opens the breaker. Milliseconds. */
  probeInMs: number
}

/** The outage that a call met while the breaker was closed. */
export interface MetOutage extends Outage {
  /** Since the call began. Milliseconds. */
  sinceMs: number
}

/**
 * closed → closed or open: one more outage, of which `threshold` in a row open the breaker. True where this one did. Nothing
 * happens in another state, or where the call began before the API recovered: that outage is known.
 */
export async function recordOutage(executor: Executor, outage: MetOutage, threshold: number): Promise<boolean> {
  const { rows } = await executor.query<{ state: BreakerState }>({
    name: 'breakers-outage',
    text: `
      insert into posthorn.breakers as b (source, failures, last_error) values ($1, 1, $2)
      on conflict (source) do update set failures = b.failures + 1, last_error = excluded.last_error,
        state = case when b.failures + 1 >= $3 then 'open' else 'closed' end,
        opened_at = case when b.failures + 1 >= $3 then now() end,
        probe_at = case when b.failures + 1 >= $3 then now() + $4 * interval '1 millisecond' end
      where b.state = 'closed' and (b.recovered_at is null or b.recovered_at <= now() - $5 * interval '1 millisecond')
      returning state`,
    values: [outage.source, toStorableText(outage.error, 500), threshold, outage.probeInMs, outage.sinceMs],
  })
  return rows[0]?.state === 'open'
}

/** closed: an answer ends a row of outages that was too short to open the breaker. */
export async function forgetOutages(executor: Executor, source: string): Promise<void> {
  await executor.query({
    name: 'breakers-forget',
    text: `update posthorn.breakers set failures = 0 where source = $1 and state = 'closed' and failures > 0`,
    values: [source],
  })
}

/** open or an abandoned half_open → half_open. The number of probes that failed before; undefined where another was faster, or it is too early. */
export async function takeProbe(
  executor: Executor,
  probe: { source: string; owner: string; deadlineMs: number },
): Promise<number | undefined> {
  const { rows } = await executor.query<{ failed_probes: number }>({
    name: 'breakers-probe',
    text: `
      update posthorn.breakers set state = 'half_open', probe_at = null, probe_owner = $2,
        probe_deadline = now() + $3 * interval '1 millisecond'
      where source = $1 and (state = 'open' and probe_at <= now() or state = 'half_open' and probe_deadline <= now())
      returning failed_probes`,
    values: [probe.source, probe.owner, probe.deadlineMs],
  })
  return rows[0]?.failed_probes
}

/** half_open → closed, by the probe's owner. False where the probe was taken for lost. */
export async function closeBreaker(executor: Executor, source: string, owner: string): Promise<boolean> {
  const { rowCount } = await executor.query({
    name: 'breakers-close',
    text: `
      update posthorn.breakers set state = 'closed', failures = 0, failed_probes = 0, opened_at = null, recovered_at = now(),
        probe_owner = null, probe_deadline = null
      where source = $1 and state = 'half_open' and probe_owner = $2`,
    values: [source, owner],
  })
  return rowCount === 1
}

/** half_open → open, by the probe's owner. False where the probe was taken for lost. */
export async function reopenBreaker(executor: Executor, outage: Outage, owner: string): Promise<boolean> {
  const { rowCount } = await executor.query({
    name: 'breakers-reopen',
    text: `
      update posthorn.breakers set state = 'open', failed_probes = failed_probes + 1, last_error = $3,
        probe_at = now() + $4 * interval '1 millisecond', probe_owner = null, probe_deadline = null
      where source = $1 and state = 'half_open' and probe_owner = $2`,
    values: [outage.source, owner, toStorableText(outage.error, 500), outage.probeInMs],
  })
  return rowCount === 1
}
