const codeOf = (error: unknown): string => {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** Deadlock or serialization failure: the same statement may well succeed now. */
export const isRetryable = (error: unknown): boolean => ['40P01', '40001'].includes(codeOf(error))

/** Somebody else held what was wanted for longer than `lock_timeout`. */
export const isLockTimeout = (error: unknown): boolean => codeOf(error) === '55P03'

/** Something in the rows themselves (class 22, or a check or not-null constraint): trying again cannot help. */
export const isDataError = (error: unknown): boolean =>
  codeOf(error).startsWith('22') || ['23502', '23514', '54000'].includes(codeOf(error))

/** The events could not be committed, or nobody knows whether they were: the sender must send again. */
export class NotDurableError extends Error {
  override readonly name = 'NotDurableError'

  constructor(cause: unknown) {
    super('the events could not be committed', { cause })
  }
}
