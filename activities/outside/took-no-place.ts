/** The parts of a connection's making, and what nodemailer waits for before a mail begins: who fails there has sent nothing. */
const BEFORE_ANYTHING_LEFT = new Set<unknown>([
  ...['connect', 'getaddrinfo'],
  ...['EDNS', 'CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT'],
])

interface Clues {
  type: string
  syscall: string
  code: string
  timeoutType: string
  responseCode: number
}

/** Whether a call that failed so certainly did not take place: it was refused, or no connection came about. */
export function tookNoPlace(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { type, syscall, code, timeoutType, responseCode = 0 } = cause as Error & Partial<Clues>
    if (type?.endsWith('_refused') || responseCode >= 400) return true
    if ([syscall, code, timeoutType].some((clue) => BEFORE_ANYTHING_LEFT.has(clue))) return true
  }
  return false
}
