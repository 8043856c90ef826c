import type { Executor } from './pool.ts'

export interface BudgetRequest {
  source: string
  ratePerSecond: number
  /** What a bucket that was left alone holds. */
  burst: number
  /** How many calls to take at most. */
  wanted: number
  /** How many callers wait: each that gets nothing is given its turn. */
  waiting: number
  /** Everything else leaves half of the burst to live work. */
  isLive: boolean
}

export interface BudgetLease {
  granted: number
  /** When the first caller that got nothing may come back; the others follow at the source's rate. Milliseconds. */
  comeBackInMs: number
}

const LEASE = `
  with level as (
    select source, least($3::float8, tokens + extract(epoch from clock_timestamp() - refilled_at)::float8 * $2::float8) as tokens,
      case when $6 then live_queue_ends_at else other_queue_ends_at end as queue_ends_at,
      case when $6 or $3::float8 <= 1 then 0 else $3::float8 / 2 end as reserve
    from posthorn.api_budgets where source = $1 for update
  ), granted as (
    select *, greatest(0, least($4::integer, floor(tokens - reserve)))::integer as calls from level
  ), queue as (
    select *, greatest(0, $5::integer - calls) as refused,
      greatest(queue_ends_at, clock_timestamp() + greatest(0, reserve + 1 - tokens + calls) / $2 * interval '1 second') as starts_at
    from granted
  )
  update posthorn.api_budgets b set tokens = q.tokens - q.calls, refilled_at = clock_timestamp(),
    live_queue_ends_at = case when $6 and q.refused > 0 then q.starts_at + q.refused / $2 * interval '1 second' else live_queue_ends_at end,
    other_queue_ends_at = case when not $6 and q.refused > 0 then q.starts_at + q.refused / $2 * interval '1 second' else other_queue_ends_at end
  from queue q where b.source = q.source
  returning q.calls as granted, extract(epoch from q.starts_at - clock_timestamp())::float8 * 1000 as "comeBackInMs"`

/** Takes calls from the source's bucket, which is one for all processes. */
export async function leaseBudget(executor: Executor, request: BudgetRequest): Promise<BudgetLease> {
  const { source, ratePerSecond, burst, wanted, waiting, isLive } = request
  const query = {
    name: 'api-budgets-lease',
    text: LEASE,
    values: [source, ratePerSecond, burst, wanted, waiting, isLive],
  }
  const { rows } = await executor.query<BudgetLease>(query)
  const [lease] = rows
  if (lease !== undefined) return lease
  await executor.query('insert into posthorn.api_budgets (source, tokens) values ($1, $2) on conflict do nothing', [
    source,
    burst,
  ])
  return leaseBudget(executor, request)
}

/** How long a call that is refused now would wait; 0 or less where it would not. Milliseconds. */
export interface BudgetQueues {
  liveMs: number
  /** Of replays and reconciliation. */
  otherMs: number
}

/** Of the sources where any call would wait. */
export async function readBudgetQueues(executor: Executor): Promise<Map<string, BudgetQueues>> {
  const { rows } = await executor.query<BudgetQueues & { source: string }>({
    name: 'api-budgets-queues',
    text: `
      select source, extract(epoch from live_queue_ends_at - now())::float8 * 1000 as "liveMs",
        extract(epoch from other_queue_ends_at - now())::float8 * 1000 as "otherMs"
      from posthorn.api_budgets where greatest(live_queue_ends_at, other_queue_ends_at) > now()`,
  })
  return new Map(rows.map(({ source, ...queues }) => [source, queues]))
}
