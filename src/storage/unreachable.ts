import { UNREACHABLE_HOST } from '../domain/unreachable-host.ts'

/** By SQLSTATE: an error that is about the session, not about what was asked in it. */
const SESSION: Readonly<Record<string, string>> = {
  '28000': 'it does not let this user in',
  '28P01': 'the password is wrong',
  '3D000': 'there is no such database',
  '53300': 'it has too many connections already',
  '57P01': 'it is shutting down',
  '57P03': 'it is starting up',
}

/** In words why Postgres cannot be reached; undefined when the error is about something else. */
export function whyUnreachable(error: unknown): string | undefined {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  // node-postgres gives its own time limits no code.
  if (/timeout exceeded when trying to connect|timeout expired|connection timeout/.test(message))
    return UNREACHABLE_HOST['ETIMEDOUT']
  if (message.startsWith('Connection terminated unexpectedly')) return UNREACHABLE_HOST['ECONNRESET']
  return UNREACHABLE_HOST[code] ?? SESSION[code]
}

/** By SQLSTATE: it answers, and can do nothing for now, whatever it is asked. */
const UNABLE: ReadonlySet<string> = new Set([
  // read-only, as a server that is being replaced
  '25006',
  // disk full, out of memory
  '53100',
  '53200',
  // cancelled, as by the time limit of a statement that found no answer
  '57014',
  // a crash of another session took this one along
  '57P02',
])

/** How far to look for what is behind an error. */
const MOST_CAUSES = 5

/**
 * Whether an error, or what caused it, says that Postgres or another host is away or unable, and nothing about what was asked of it. Of
 * several errors in one, each must say so.
 */
export function isOutage(error: unknown, causes = MOST_CAUSES): boolean {
  if (!(error instanceof Error)) return false
  const { code = '', message } = error as Error & { code?: string }
  // node-postgres gives these no code.
  const isSilent = /^(Query read timeout|Connection terminated|Client has encountered a connection error)/.test(message)
  if (isSilent || UNABLE.has(code) || whyUnreachable(error) !== undefined) return true
  // `fetch` and query builders say of themselves only that they failed.
  const behind: unknown[] = error instanceof AggregateError ? error.errors : [error.cause]
  return causes > 0 && behind.length > 0 && behind.every((cause) => isOutage(cause, causes - 1))
}

/** The tables of Posthorn are not there. */
export const isNotMigrated = (error: unknown): boolean =>
  ['42P01', '3F000', '42703'].includes((error as { code?: string } | null)?.code ?? '')
