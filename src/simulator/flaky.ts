import type { ApiCall, Fault } from './api-server.ts'
import type { Random } from './random.ts'

/** Some ms for every call, and now and then an answer that a client must take in its stride. */
export function flaky(random: Random): (call: ApiCall) => Fault {
  return () => {
    const delayMs = random.integer(1, 15)
    if (random.chance(0.02)) return { delayMs, status: 503 }
    return random.chance(0.01) ? { delayMs, status: 429, retryAfterSeconds: 1 } : { delayMs }
  }
}
