/** The parts of a connection's making, and what nodemailer waits for before a mail begins: who fails there has sent nothing. */
const BEFORE_ANYTHING_LEFT = new Set<unknown>([
  ...['connect', 'getaddrinfo'],
  ...['EDNS', 'ECONNREFUSED', 'UND_ERR_CONNECT_TIMEOUT', 'CONNECT_TIMEOUT', 'GREETING_TIMEOUT', 'UPGRADE_TIMEOUT'],
])

interface Clues {
  isOfNoCall: boolean
  syscall: string
  code: string
  timeoutType: string
  responseCode: number
}

/** Marks the error of a call that certainly did not take place, where it cannot be told by the error itself. */
export const ofNoCall = <Failure extends Error>(error: Failure): Failure => Object.assign(error, { isOfNoCall: true })

/** Whether a call that failed so certainly did not take place: it was refused, or no connection came about. */
export function tookNoPlace(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { isOfNoCall = false, syscall, code, timeoutType, responseCode = 0 } = cause as Error & Partial<Clues>
    if (isOfNoCall || responseCode >= 400) return true
    if ([syscall, code, timeoutType].some((clue) => BEFORE_ANYTHING_LEFT.has(clue))) return true
  }
  return false
}
