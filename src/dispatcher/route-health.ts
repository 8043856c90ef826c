import type { FailureCode } from '../domain/failure-codes.ts'
import type { ClosedRun } from '../storage/runs.ts'
import { MIRROR_HANDLER } from './route-table.ts'

/** What became of a route's last runs: a deployment that kills all of them must not kill the rest. */
export interface RouteHealth {
  /** Notes a closed run. Returns a sentence when the handler has failed too often; counting then begins anew. */
  note(run: ClosedRun): string | undefined
  forget(handler: string): void
}

/** Fewer runs than this prove nothing. */
const LEAST_RUNS = 20
const WINDOW_MS = 5 * 60_000
/** So many of the latest runs decide. */
const MOST_RUNS = 200

/** Runs that ended so say nothing about the route's code. */
const NOT_ITS_FAULT: ReadonlySet<string> = new Set([
  'handler_gone',
  'outage_outlasted',
  'run_cancelled',
  'run_lost',
  'run_terminated',
  'undispatchable',
  'provider_refused_401',
  'provider_refused_403',
] satisfies (FailureCode | `provider_refused_${number}`)[])

const isItsFault = (handler: string, code: string): boolean =>
  // The mirror is one handler of all sources, and some APIs answer 404 to a credential that expired.
  !NOT_ITS_FAULT.has(code) && !(handler === MIRROR_HANDLER && code.startsWith('provider_refused_'))

interface Closed {
  at: number
  dead: boolean
}

/** @param deadPercent More dead runs than this stop a route; 100 never does. */
export function createRouteHealth(deadPercent: number, now = () => performance.now()): RouteHealth {
  const closes = new Map<string, Closed[]>()
  return {
    note({ handler, priority = 0, outcome }) {
      // Replays are mostly of what was dead before, and backfills of what is old: whoever started them watches them.
      if (priority > 0) return undefined
      if (outcome.state === 'dead' && !isItsFault(handler, outcome.code)) return undefined
      const since = now() - WINDOW_MS
      const recent = (closes.get(handler) ?? []).filter(({ at }) => at >= since).slice(1 - MOST_RUNS)
      recent.push({ at: now(), dead: outcome.state === 'dead' })
      closes.set(handler, recent)
      const dead = recent.filter((run) => run.dead).length
      if (recent.length < LEAST_RUNS || dead * 100 <= deadPercent * recent.length) return undefined
      closes.delete(handler)
      return `${dead} of the last ${recent.length} runs ended dead`
    },
    forget: (handler) => void closes.delete(handler),
  }
}
