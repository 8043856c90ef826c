import { setTimeout as delay } from 'node:timers/promises'

export interface Patience {
  timeoutMs?: number
  intervalMs?: number
}

/**
 * Calls `condition` until it neither throws nor returns false, and returns what it returned. Throws with its last error when
 * that takes longer than `timeoutMs` (default 10 s).
 */
export async function eventually<T>(condition: () => T | Promise<T>, patience: Patience = {}): Promise<T> {
  const { timeoutMs = 10_000, intervalMs = 20 } = patience
  const deadline = Date.now() + timeoutMs
  for (;;) {
    let failure: unknown
    try {
      const result = await condition()
      if (result !== false) return result
      failure = new Error('the condition returned false')
    } catch (error) {
      failure = error
    }
    if (Date.now() > deadline) {
      const message = failure instanceof Error ? failure.message : String(failure)
      throw new Error(`Not within ${timeoutMs} ms: ${message}`, { cause: failure })
    }
    await delay(intervalMs)
  }
}
