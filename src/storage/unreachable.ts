const SYSTEM: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it closed the connection',
  EHOSTUNREACH: 'there is no way to the host',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host name could not be looked up',
  ETIMEDOUT: 'it did not answer in time',
  EPIPE: 'it closed the connection',
}

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
    return SYSTEM['ETIMEDOUT']
  if (message.startsWith('Connection terminated unexpectedly')) return SYSTEM['ECONNRESET']
  return SYSTEM[code] ?? SESSION[code]
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

/** Whether an error says that Postgres is away or unable, and nothing about what was asked of it. */
export function isOutage(error: unknown): boolean {
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  // node-postgres gives these no code.
  const isSilent = /^(Query read timeout|Connection terminated|Client has encountered a connection error)/.test(message)
  return isSilent || UNABLE.has(code) || whyUnreachable(error) !== undefined
}

/** The tables of Posthorn are not there. */
export const isNotMigrated = (error: unknown): boolean =>
  ['42P01', '3F000', '42703'].includes((error as { code?: string } | null)?.code ?? '')
