import { ApiError } from '../providers/api.ts'
import { type BudgetLease, type BudgetRequest, leaseBudget } from '../storage/api-budgets.ts'
import type { Pool } from '../storage/pool.ts'

/** Calls that a source permits itself, shared by all processes. */
export interface CallBudget {
  /** @throws ApiError when nothing is left; it says when the caller's turn comes. */
  take(): Promise<void>
}

export interface CallBudgetOptions {
  source: string
  ratePerSecond: number
  burst: number
  isLive: boolean
}

/** Calls that were leased and not made are given up: kept for longer they would come on top of a later burst. */
const LEASE_MS = 1_000

interface Waiter {
  resolve(): void
  reject(error: unknown): void
}

/**
 * Takes calls out of the shared bucket in small batches, so that not every call costs a round trip. Never waits for the bucket to
 * fill: whoever gets nothing is sent away with a time to come back.
 */
export function createCallBudget(pool: Pool, options: CallBudgetOptions): CallBudget {
  /** A tenth of a second's calls. */
  const largest = Math.max(1, Math.floor(options.ratePerSecond / 10))
  let waiters: Waiter[] = []
  let pocket = { calls: 0, until: 0 }
  let size = 1
  let serving = false

  const inPocket = (): number => (performance.now() < pocket.until ? pocket.calls : 0)

  async function serve(): Promise<void> {
    serving = true
    while (waiters.length > 0) {
      const asked = waiters
      waiters = []
      try {
        handOut(asked, await lease(asked.length))
      } catch (error) {
        for (const waiter of asked) waiter.reject(error)
      }
    }
    serving = false
  }

  function lease(waiting: number): Promise<BudgetLease> {
    // All of the last batch was used before it was old: the next may be larger.
    size = pocket.calls === 0 ? Math.min(size * 2, largest) : 1
    const { source, ratePerSecond, burst, isLive } = options
    const request: BudgetRequest = { source, ratePerSecond, burst, isLive, wanted: Math.max(size, waiting), waiting }
    return leaseBudget(pool, request)
  }

  function handOut(asked: readonly Waiter[], { granted, comeBackInMs }: BudgetLease): void {
    pocket = { calls: Math.max(0, granted - asked.length), until: performance.now() + LEASE_MS }
    for (const [index, waiter] of asked.entries()) {
      if (index < granted) waiter.resolve()
      else waiter.reject(spent(options.source, comeBackInMs + ((index - granted) * 1_000) / options.ratePerSecond))
    }
  }

  return {
    take() {
      if (inPocket() > 0) {
        pocket.calls -= 1
        return Promise.resolve()
      }
      return new Promise((resolve, reject) => {
        waiters.push({ resolve, reject })
        if (!serving) void serve()
      })
    },
  }
}

const spent = (source: string, waitMs: number): ApiError =>
  new ApiError(`The calls that ${source} permits itself are used up for now`, {
    code: 'provider_budget_spent',
    retryAfterMs: Math.ceil(waitMs),
  })
