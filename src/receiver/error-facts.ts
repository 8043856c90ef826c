import { type ErrorCode, PosthornError } from '../domain/errors.ts'
import { NotDurableError } from '../storage/postgres-errors.ts'

/** What an error means to the sender. Whatever is not expected is our bug. */
export function codeOf(error: unknown): ErrorCode {
  if (error instanceof PosthornError) return error.code
  return error instanceof NotDurableError ? 'not_durable' : 'internal_error'
}

export interface ErrorFacts {
  type: string
  message?: string
  code?: unknown
  frames?: string[]
}

/** What the log may say of an error of ours: where it happened and why, but never a piece of a payload. */
export function errorFacts(error: unknown): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error }
  if (error instanceof NotDurableError) return errorFacts(error.cause)
  const { code } = error as { code?: unknown }
  return {
    type: error.name,
    // A syntax error quotes the text that it could not parse.
    ...(!(error instanceof SyntaxError) && { message: error.message }),
    ...(code !== undefined && { code }),
    frames: framesOf(error),
  }
}

const framesOf = (error: Error): string[] =>
  (error.stack ?? '')
    .split('\n')
    .map((frame) => frame.trim())
    .filter((frame) => frame.startsWith('at '))
    .slice(0, 10)
