import {
  ActivityFailure,
  type ActivityOptions,
  ApplicationFailure,
  type LocalActivityOptions,
  TemporalFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow'
import { type ActivityPolicy, LONGEST_LOCAL_WAIT_MS } from './activity-policy.ts'
import { notedDelay } from './noted-delay.ts'

/** One call: the activity's name and arguments, how it runs, and what the Temporal UI shows of it. */
export interface ActivityCall {
  name: string
  args: unknown[]
  policy: ActivityPolicy
  summary?: string
}

/** The one local try of `local-first`: longer would hold a workflow task for somebody else's slowness. */
const FIRST_TRY_MS = 5_000

/** Calls an activity as its policy says. The commands it makes are in recorded histories. */
export async function callActivity(call: ActivityCall): Promise<unknown> {
  const { policy } = call
  if (policy.place === 'local') return locally(call, optionsOf(policy))
  if (policy.place === 'remote') return remotely(call)
  try {
    return await locally(call, { startToCloseTimeout: FIRST_TRY_MS, retry: { maximumAttempts: 1 } })
  } catch (error) {
    if (isFinal(error)) throw error
    await sleep(notedDelay(error) ?? policy.initialMs)
    return remotely(call)
  }
}

/** A local activity fails with the bare cause where a remote one wraps it. */
function isFinal(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : error
  if (isCancellation(error) || !(cause instanceof TemporalFailure)) return true
  return cause instanceof ApplicationFailure && cause.nonRetryable === true
}

type Proxied = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>

const locally = ({ name, args, summary }: ActivityCall, options: LocalActivityOptions): Promise<unknown> =>
  invoke(proxyLocalActivities({ ...options, ...(summary !== undefined && { summary }) }), name, args)

const remotely = ({ name, args, policy, summary }: ActivityCall): Promise<unknown> =>
  invoke(proxyActivities({ ...optionsOf(policy), ...(summary !== undefined && { summary }) }), name, args)

function invoke(proxied: Proxied, name: string, args: unknown[]): Promise<unknown> {
  const run = proxied[name]
  if (run === undefined) throw new TypeError(`${name} cannot be the name of an activity`)
  return run(...args)
}

/** No limit on attempts or on time: they are enforced beside the activity, where an outage can be told from a failure. */
const optionsOf = (policy: ActivityPolicy): ActivityOptions & LocalActivityOptions => ({
  startToCloseTimeout: policy.startToCloseMs,
  localRetryThreshold: LONGEST_LOCAL_WAIT_MS,
  retry: { initialInterval: policy.initialMs, maximumInterval: policy.maximumMs, backoffCoefficient: 2 },
})
