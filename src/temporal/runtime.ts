import { type Logger as TemporalLogger, type LogLevel, Runtime, makeTelemetryFilterString } from '@temporalio/worker'
import type { Logger } from '../telemetry/logger.ts'

export interface RuntimeOptions {
  logger: Logger
  /** Where the SDK serves its own metrics, as `host:port`. */
  metricsAddress: string
}

/** Installs Temporal's runtime: once a process, and before the first native connection. Who calls it handles signals. */
export function installRuntime({ logger, metricsAddress }: RuntimeOptions): void {
  Runtime.install({
    shutdownSignals: [],
    logger: toTemporalLogger(logger),
    telemetryOptions: {
      logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'WARN' }) },
      metrics: {
        prometheus: {
          bindAddress: metricsAddress,
          // As Prometheus has it, and as the dashboards of the server expect.
          countersTotalSuffix: true,
          unitSuffix: true,
          useSecondsForDurations: true,
        },
      },
    },
  })
}

/**
 * Temporal's messages are prose: they stand under one constant message, as every line of ours. What it calls information, such
 * as each module of a bundle, is detail to an operator.
 */
export function toTemporalLogger(logger: Logger): TemporalLogger {
  const write = (level: 'trace' | 'debug' | 'warn' | 'error') => (message: string, meta?: object) =>
    logger[level]({ ...meta, detail: message }, 'temporal.says')
  const [trace, debug] = [write('trace'), write('debug')]
  const [warn, error] = [write('warn'), write('error')]
  const byLevel: Record<LogLevel, typeof trace> = { TRACE: trace, DEBUG: debug, INFO: debug, WARN: warn, ERROR: error }
  return { trace, debug, info: debug, warn, error, log: (level, message, meta) => byLevel[level](message, meta) }
}
