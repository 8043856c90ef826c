import {
  type ActivityOptions,
  type LocalActivityOptions,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow'
import type { Register } from './workflow.ts'
import { ACTIVITY_POLICIES, type ActivityPolicy, type PolicyTable } from './activity-policy.ts'

type Activities = Register extends { activities: infer A }
  ? A
  : Record<string, (...args: unknown[]) => Promise<unknown>>

let policies: PolicyTable = {}

/** Called once by the bundle's entry, which is made from `activities/index.ts`: the sandbox cannot import activity code. */
export function setActivityPolicies(table: PolicyTable): void {
  policies = table
}

/** Typed proxies of `activities/index.ts`, each with the policy that its definition names. */
export function activities(): Activities {
  const known: Record<string, unknown> = {}
  const proxies = new Proxy(known, {
    get: (_, name) => {
      if (typeof name !== 'string') return undefined
      return (known[name] ??= (...args: unknown[]) => callActivity(name, args))
    },
  })
  return proxies as Activities
}

/** Calls an activity of user space by name, with its policy. */
export function callActivity(name: string, args: unknown[]): Promise<unknown> {
  const policyName = policies[name]
  // Not a failure of the run: the workflow task waits for the deploy that brings the activity.
  if (policyName === undefined) throw new Error(`There is no activity "${name}" in activities/index.ts`)
  return proxyOf(name, ACTIVITY_POLICIES[policyName])(...args)
}

type Proxied = (...args: unknown[]) => Promise<unknown>

function proxyOf(name: string, policy: ActivityPolicy): Proxied {
  const proxies = policy.local ? proxyLocalActivities(localOptions(policy)) : proxyActivities(remoteOptions(policy))
  return (proxies as Record<string, Proxied>)[name] as Proxied
}

function remoteOptions(policy: ActivityPolicy): ActivityOptions {
  return {
    startToCloseTimeout: policy.startToCloseMs,
    scheduleToCloseTimeout: policy.scheduleToCloseMs,
    // The number of attempts is enforced beside the activity, where an outage can be told from a failure.
    retry: { initialInterval: policy.initialMs, maximumInterval: policy.maximumMs, backoffCoefficient: 2 },
  }
}

function localOptions(policy: ActivityPolicy): LocalActivityOptions {
  return {
    startToCloseTimeout: policy.startToCloseMs,
    scheduleToCloseTimeout: policy.scheduleToCloseMs,
    retry: { initialInterval: policy.initialMs, maximumInterval: policy.maximumMs, backoffCoefficient: 2 },
  }
}
