import { createEffects } from '../effects/effects.ts'
import type { ActivityDefinition, ActivityDependencies, ActivityFunction } from '../kit/activity-definition.ts'
import { ACTIVITY_POLICIES, type PolicyTable } from '../kit/activity-policy.ts'
import type { FetchUrl } from '../kit/fetch-url.ts'
import type { CanonicalReaders } from '../mirror/canonical-readers.ts'
import { nextFetchSequence } from '../storage/entities.ts'
import type { Pool } from '../storage/pool.ts'
import { loadBody } from '../storage/stored-event.ts'
import { currentRun } from './run-scope.ts'

export interface UserActivities {
  policies: PolicyTable
  create(dependencies: ActivityDependencies): Record<string, ActivityFunction>
}

/**
 * Reads the definitions that `activities/index` exports.
 * @throws Error naming exports that are neither activities nor types.
 */
export function readActivities(module: Readonly<Record<string, unknown>>): UserActivities {
  const definitions = Object.entries(module).map(([name, exported]) => {
    if (!isDefinition(exported)) throw new Error(`activities/index exports ${name}, which activity(…) did not make`)
    if (name === 'default') throw new Error('activities/index has a default export: an activity needs a name')
    if (name.startsWith('posthorn')) throw new Error(`${name} is a name of the engine: choose another`)
    return [name, exported] as const
  })
  return {
    policies: Object.fromEntries(definitions.map(([name, { policy }]) => [name, policy])),
    create: (dependencies) => Object.fromEntries(definitions.map(([name, { create }]) => [name, create(dependencies)])),
  }
}

function isDefinition(value: unknown): value is ActivityDefinition {
  const { policy, create } = (value ?? {}) as Partial<ActivityDefinition>
  return typeof create === 'function' && policy !== undefined && policy in ACTIVITY_POLICIES
}

/** What user code may reach: its own database, effects with a ledger, canonical reads, and the event as received. */
export function createActivityDependencies(parts: {
  userPool: Pool
  enginePool: Pool
  readers: CanonicalReaders
  fetchUrl: FetchUrl
  settings: Readonly<Record<string, string>>
}): ActivityDependencies {
  const { userPool, enginePool, readers, fetchUrl, settings } = parts
  return {
    fetchUrl,
    settings,
    ...createEffects({ pool: userPool, currentRun }),
    db: { query: (text, values) => userPool.query(text, values) },
    async canonical(event) {
      // Drawn before the request leaves: it orders reads by when they were asked for.
      const sequence = await nextFetchSequence(enginePool)
      const read = await readers.read(event)
      return { version: sequence, ...read }
    },
    received: (event) => loadBody(enginePool, event.key),
  }
}
