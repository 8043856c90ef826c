import { credentialHeaders } from '../providers/access-token.ts'
import { type ApiAnswer, ApiError, type ProviderApi, createProviderApi } from '../providers/api.ts'
import type { Source } from '../providers/source.ts'
import type { Pool } from '../storage/pool.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createBreakerGate } from './breaker-gate.ts'
import { type CallBudget, createCallBudget } from './call-budget.ts'

/** What a call is for: live work goes first. */
export type CallPurpose = 'live' | 'replay' | 'reconciliation'

/** The one way to the providers' APIs: with the source's credential, behind its breaker and within its budget. */
export interface ProviderAccess {
  /**
   * A call that may not be made now throws an ApiError that counts as an outage and says when to come back; nothing waits in here.
   * @throws Error when the source has no API, or no credential for it.
   */
  api(source: Source, purpose: CallPurpose): ProviderApi
}

export interface ProviderAccessOptions {
  pool: Pool
  metrics: Metrics
  logger: Logger
}

export function createProviderAccess({ pool, metrics, logger }: ProviderAccessOptions): ProviderAccess {
  const gate = createBreakerGate({ pool, logger })
  const apis = new Map<string, ProviderApi>()
  const budgets = new Map<string, CallBudget>()

  function budgetOf({ id, api }: Source, isLive: boolean): CallBudget | undefined {
    if (api?.budget === undefined) return undefined
    const name = `${id}/${isLive}`
    const budget = budgets.get(name) ?? createCallBudget(pool, { source: id, isLive, ...api.budget })
    budgets.set(name, budget)
    return budget
  }

  function guard(source: Source, purpose: CallPurpose): ProviderApi {
    const direct = createProviderApi(credentialOf(source))
    const budget = budgetOf(source, purpose === 'live')
    const count = (result: string): void => metrics.providerCalls.inc({ source: source.id, purpose, result })

    async function call(make: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
      const pass = await admit().catch((error: unknown) => {
        count('held_back')
        throw error
      })
      try {
        const answer = await make()
        count('answered')
        await pass.answered()
        return answer
      } catch (error) {
        if (!(error instanceof ApiError)) throw error
        count(error.isOutage ? 'outage' : 'refused')
        if (error.isOutage) throw await pass.out(error)
        await pass.answered()
        throw error
      }
    }

    async function admit() {
      // Before the budget, so that what is held back costs no call; after it, so that no probe is taken that cannot be made.
      await gate.assertMayTry(source.id)
      await budget?.take()
      return gate.enter(source.id)
    }

    return {
      get: (...args) => call(() => direct.get(...args)),
      post: (...args) => call(() => direct.post(...args)),
    }
  }

  return {
    api(source, purpose) {
      const name = `${source.id}/${purpose}`
      const api = apis.get(name) ?? guard(source, purpose)
      apis.set(name, api)
      return api
    },
  }
}

function credentialOf({ id, api, provider }: Source) {
  if ('view' in provider.canonical)
    throw new Error(`${provider.name} has no API to read: its verified body is the view`)
  if (api === undefined) throw new Error(`Source "${id}" has no API credential: set api.token in posthorn.config.ts`)
  return { baseUrl: api.baseUrl, headers: credentialHeaders(provider.canonical, api) }
}
