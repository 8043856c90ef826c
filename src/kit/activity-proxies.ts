import { ACTIVITY_POLICIES, type PolicyTable } from './activity-policy.ts'
import { callActivity } from './call-activity.ts'
import type { Register } from './workflow.ts'

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
  const get = (_target: object, name: string | symbol): unknown => {
    if (typeof name !== 'string') return undefined
    return (known[name] ??= (...args: unknown[]) => callUserActivity(name, args))
  }
  return new Proxy({}, { get }) as Activities
}

/** Calls an activity of user space by name, with its policy. */
export function callUserActivity(name: string, args: unknown[]): Promise<unknown> {
  const policyName = policies[name]
  // Not a failure of the run: the workflow task waits for the deploy that brings the activity.
  if (policyName === undefined) throw new Error(`There is no activity "${name}" in activities/index.ts`)
  return callActivity({ name, args, policy: ACTIVITY_POLICIES[policyName] })
}
