import { condition, defineSignal, proxyLocalActivities, setHandler } from '@temporalio/workflow'
import { WAKE_SIGNAL } from '../domain/waits.ts'
import type { WaitActivities } from './wait-activities.ts'

/** No limit on attempts: a look that Postgres cannot answer waits for Postgres. */
export const waitActivities = proxyLocalActivities<WaitActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '100 milliseconds', maximumInterval: '10 seconds' },
})

const wake = defineSignal(WAKE_SIGNAL)
let wakeUps = 0
let isListening = false

/** Signals that came before are held back for the first handler. Of runs that never wait there is none, and no command. */
function listen(): void {
  if (isListening) return
  isListening = true
  setHandler(wake, () => void (wakeUps += 1))
}

/** A wake-up may be lost, and must not matter: the run looks by itself, less and less often. */
const FIRST_PAUSE_MS = 60_000
const LONGEST_PAUSE_MS = 3_600_000

/**
 * Looks until there is something to find or the time is over: at once, whenever the run is woken, and now and then. The look at the
 * end of the time is told that it is the last.
 */
export async function lookUntil<T>(
  withinMs: number,
  look: (isLast: boolean) => Promise<T | null>,
): Promise<T | undefined> {
  listen()
  const endsAt = Date.now() + withinMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    const leftMs = endsAt - Date.now()
    // Counted before the look: who wakes us while it is under way may know more than it does.
    const before = wakeUps
    const found = await look(leftMs <= 0)
    if (found) return found
    if (leftMs <= 0) return undefined
    await condition(() => wakeUps > before, Math.min(leftMs, pauseMs))
  }
}
