import { type DestinationStream, type Logger, pino } from 'pino'

export type { Logger }

/** Paths that are cut out wherever they appear: one wide line per unit of work must never carry a credential or a payload. */
const REDACTED = [
  'secret',
  'secrets',
  'token',
  'password',
  'authorization',
  'cookie',
  'headers',
  'body',
  'payload',
].flatMap((field) => [field, `*.${field}`, `*.*.${field}`])

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
      redact: { paths: REDACTED, censor: '[redacted]' },
    },
    destination ?? pino.destination({ fd: 2, sync: false }),
  )
}
