/** The parts of a connection's making: who fails there has sent nothing. */
const BEFORE_ANYTHING_LEFT = new Set<unknown>(['connect', 'getaddrinfo'])

/** Whether a call that failed so certainly did not take place: it was refused, or no connection came about. */
export function tookNoPlace(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const {
      type,
      syscall,
      responseCode = 0,
    } = cause as Error & Partial<{ type: string; syscall: string; responseCode: number }>
    if (type?.endsWith('_refused') || BEFORE_ANYTHING_LEFT.has(syscall) || responseCode >= 400) return true
  }
  return false
}
