import type { ApiCall, Fault } from './api-server.ts'
import { flaky } from './flaky.ts'
import type { Random } from './random.ts'

/** What goes wrong with an API, by choice. */
export interface FaultOptions {
  /** Answers take seconds. */
  slow: boolean
  /** Some answers are failures. */
  flaky: boolean
  /** More calls than this within a second are refused with 429. */
  callsPerSecond?: number
  random: Random
  /** In ms. */
  clock?: () => number
}

/** Decides on each call to an API. Limits count for every provider apart. */
export function createFaults(options: FaultOptions): (call: ApiCall) => Fault | undefined {
  const { random, callsPerSecond, clock = Date.now } = options
  const fail = flaky(random)
  const windows = new Map<string, { second: number; calls: number }>()

  function isTooMany(provider: string): boolean {
    if (callsPerSecond === undefined) return false
    const second = Math.floor(clock() / 1000)
    const known = windows.get(provider)
    const calls = known?.second === second ? known.calls + 1 : 1
    windows.set(provider, { second, calls })
    return calls > callsPerSecond
  }

  return (call) => {
    if (isTooMany(call.provider)) return { status: 429, retryAfterSeconds: 1 }
    const delay = options.slow ? { delayMs: random.integer(500, 4_000) } : {}
    const fault = { ...(options.flaky && fail(call)), ...delay }
    return Object.keys(fault).length === 0 ? undefined : fault
  }
}
