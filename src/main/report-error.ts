import { inspect } from 'node:util'
import { CommandError, EXIT_CODES, type ExitCode } from '../cli/exit-codes.ts'
import { ConfigurationError } from './settings/configuration-error.ts'

export interface Report {
  exitCode: ExitCode
  /** For people: a sentence; where they asked for details, stacks and causes, too. */
  text: string
}

/** What a command that threw leaves behind. */
export function reportError(error: unknown, withStack: boolean): Report {
  const text = withStack ? inspect(error) : describe(error)
  return { exitCode: exitCodeOf(error), text: `${text}\n` }
}

function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CommandError) return error.exitCode
  return error instanceof ConfigurationError ? EXIT_CODES.usage : EXIT_CODES.failed
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const known = error instanceof CommandError || error instanceof ConfigurationError
  const hint = known ? '' : ' (POSTHORN_LOG_LEVEL=debug shows where)'
  // What was wrapped often holds the reason: a migration's SQL error, for example.
  const reason = !known && error.cause instanceof Error ? ` ${error.cause.message}` : ''
  return `${error.message}${reason}${hint}`
}
