import type { Source } from '../providers/source.ts'
import { type BudgetQueues, readBudgetQueues } from '../storage/api-budgets.ts'
import { type Breaker, readBreakers } from '../storage/breakers.ts'
import type { Pool } from '../storage/pool.ts'
import type { Metrics } from '../telemetry/metrics.ts'

/** How much of each source may be dispatched, as its API permits: events of one that is out wait as rows. */
export interface SourceGates {
  /** How many rows of the source may be claimed now, whatever room there is. */
  allowance(source: string): number
  /** Whether replays and reconciliation have used up their part of its API's budget. */
  isLiveOnly(source: string): boolean
  /** A row of the source was claimed. */
  pass(source: string): void
  /** Looks what Postgres says. Until the first time every gate is shut. */
  refresh(): Promise<void>
}

/** Runs that wait are the first to probe. When none has come by then, one event is let through, which will. */
const OVERDUE_MS = 2_000
/** Doubling from one a second, a source that was out is at full speed after this many seconds. */
const RAMP_SECONDS = 10
/** A source whose calls are used up this far ahead starts nothing that could only wait. */
const BUDGET_QUEUE_MS = 10_000

interface Gates {
  breakers: Map<string, Breaker>
  budgetQueues: Map<string, BudgetQueues>
  readAt: number
}

const GAUGE = { closed: 0, half_open: 1, open: 2 }

export interface SourceGatesOptions {
  pool: Pool
  sources: ReadonlyMap<string, Source>
  metrics: Metrics
}

export function createSourceGates({ pool, sources, metrics }: SourceGatesOptions): SourceGates {
  let gates: Gates | undefined
  /** Rows that passed within the current second. */
  const passed = new Map<string, { second: number; rows: number }>()
  const secondNow = (): number => Math.floor(performance.now() / 1_000)

  function perSecond(source: string, { breakers, budgetQueues, readAt }: Gates): number {
    const sinceMs = performance.now() - readAt
    if ((budgetQueues.get(source)?.liveMs ?? 0) - sinceMs > BUDGET_QUEUE_MS) return 0
    const breaker = breakers.get(source)
    if (breaker === undefined) return Infinity
    if (breaker.state !== 'closed') return (breaker.tryInMs ?? 0) - sinceMs < -OVERDUE_MS ? 1 : 0
    const recoveredSeconds = Math.floor(((breaker.recoveredMs ?? Infinity) + sinceMs) / 1_000)
    return recoveredSeconds < RAMP_SECONDS ? 2 ** recoveredSeconds : Infinity
  }

  return {
    allowance(source) {
      if (gates === undefined) return 0
      const recent = passed.get(source)
      const rows = recent?.second === secondNow() ? recent.rows : 0
      return Math.max(0, perSecond(source, gates) - rows)
    },
    isLiveOnly(source) {
      if (gates === undefined) return true
      const { budgetQueues, readAt } = gates
      return (budgetQueues.get(source)?.otherMs ?? 0) - (performance.now() - readAt) > BUDGET_QUEUE_MS
    },
    pass(source) {
      const second = secondNow()
      const recent = passed.get(source)
      passed.set(source, { second, rows: (recent?.second === second ? recent.rows : 0) + 1 })
    },
    async refresh() {
      const [breakers, budgetQueues] = await Promise.all([readBreakers(pool), readBudgetQueues(pool)])
      gates = { breakers, budgetQueues, readAt: performance.now() }
      // Of a source that is gone a row may be left, which nobody calls any more.
      for (const { source, state } of breakers.values()) {
        if (sources.has(source)) metrics.breakerState.set({ source }, GAUGE[state])
      }
    },
  }
}
