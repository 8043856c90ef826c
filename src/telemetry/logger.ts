import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger }

/** A wide line is flat, and must never carry a credential or a payload, whatever is passed to it. */
const REDACTED = ['secret', 'secrets', 'token', 'password', 'authorization', 'cookie', 'headers', 'body', 'payload']
/** Objects that get into a line whole. Named, because a wildcard would cost six times as much as writing the line itself. */
const PARENTS = ['err', 'request', 'response', 'source', 'source.api']
const REDACTED_PATHS = [...REDACTED, ...PARENTS.flatMap((parent) => REDACTED.map((field) => `${parent}.${field}`))]

/** Lines of busy moments are written together; an orderly end writes the rest, and SIGKILL loses no more than this. */
const BUFFERED_BYTES = 4_096
const BUFFERED_MS = 100

export interface LoggerOptions {
  level: string
  /** `receiver`, `worker`, …: which process speaks. */
  name: string
  destination?: DestinationStream
}

/** JSON lines: fixed fields, and a constant `noun.verb` as the message. */
export function createLogger({ level, name, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service: `posthorn-${name}` },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    },
    destination ?? pino.destination({ fd: 2, sync: false, minLength: BUFFERED_BYTES, periodicFlush: BUFFERED_MS }),
  )
}
