import type { CallPurpose } from '../domain/call-purpose.ts'
import { credentialHeaders } from '../providers/access-token.ts'
import { ApiError, type ProviderApi, createProviderApi } from '../providers/api.ts'
import type { Source } from '../providers/source.ts'
import type { Pool } from '../storage/pool.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { createBreakerGate } from './breaker-gate.ts'
import type { Pass } from './breaker-passes.ts'
import { type CallBudget, createCallBudget } from './call-budget.ts'

/** The one way to the providers' APIs: with the source's credential, behind its breaker and within its budget. */
export interface ProviderAccess {
  /**
   * A call that may not be made now throws an ApiError that counts as an outage and says when to come back; nothing waits in here.
   * @throws Error when the source has no API, or no credential for it.
   */
  api(source: Source, purpose: CallPurpose): ProviderApi
  /**
   * The same for a call that its caller makes with the source's credential: it throws an ApiError for whatever is no success.
   * @throws ApiError, also where the call may not be made now.
   */
  call<Answer>(source: Source, purpose: CallPurpose, make: () => Promise<Answer>): Promise<Answer>
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

  async function admit(source: Source, purpose: CallPurpose): Promise<Pass> {
    // Before the budget, so that what is held back costs no call; after it, so that no probe is taken that cannot be made.
    await gate.assertMayTry(source.id)
    await budgetOf(source, purpose === 'live')?.take()
    return gate.enter(source.id)
  }

  async function call<Answer>(source: Source, purpose: CallPurpose, make: () => Promise<Answer>): Promise<Answer> {
    const count = (result: string): void => metrics.providerCalls.inc({ source: source.id, purpose, result })
    const pass = await admit(source, purpose).catch((error: unknown) => {
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

  function guard(source: Source, purpose: CallPurpose): ProviderApi {
    const direct = createProviderApi(credentialOf(source))
    return {
      get: (...args) => call(source, purpose, () => direct.get(...args)),
      post: (...args) => call(source, purpose, () => direct.post(...args)),
    }
  }

  return {
    call,
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
