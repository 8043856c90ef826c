import { EXIT_CODES, type ExitCode } from '../../cli/exit-codes.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { type Teardown, createTeardown } from './teardown.ts'

export interface LongRun {
  logger: Logger
  /** How long the way down may take. Milliseconds. */
  shutdownTimeoutMs: number
  /**
   * Starts everything, and tells `teardown` of each part. What it returns as `done` rejects when the process can go on no more.
   * @throws whatever ends the process before it has begun.
   */
  start: (teardown: Teardown) => Promise<{ done?: Promise<unknown> }>
}

/**
 * Runs a process until SIGTERM or SIGINT asks for its orderly end. A second signal ends it at once, and so does anything
 * thrown that nobody catches: the state of the process is then unknown, while everything acknowledged is in Postgres.
 */
export async function runUntilSignal({ logger, shutdownTimeoutMs, start }: LongRun): Promise<ExitCode> {
  const teardown = createTeardown(logger)
  const signalled = catchSignals(logger)
  dieOfTheUncaught(logger)
  const goDown = () => within(shutdownTimeoutMs, teardown, logger)
  let done: Promise<unknown> | undefined
  try {
    done = (await start(teardown)).done
  } catch (error) {
    await goDown()
    throw error
  }
  const isWanted = await Promise.race([signalled.then(() => true), failure(done, logger)])
  const isClean = await goDown()
  const exitCode = isWanted && isClean ? EXIT_CODES.ok : EXIT_CODES.failed
  logger.info({ exitCode }, 'process.stopped')
  return exitCode
}

function catchSignals(logger: Logger): Promise<void> {
  return new Promise((resolve) => {
    let isFirst = true
    const onSignal = (signal: NodeJS.Signals) => {
      if (!isFirst) {
        logger.warn({ signal }, 'process.stopped_at_once')
        process.exit(EXIT_CODES.failed)
      }
      isFirst = false
      logger.info({ signal }, 'process.stopping')
      resolve()
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

function dieOfTheUncaught(logger: Logger): void {
  const die = (error: unknown) => {
    logger.fatal({ err: error }, 'process.uncaught')
    process.exit(EXIT_CODES.failed)
  }
  process.on('uncaughtException', die)
  process.on('unhandledRejection', die)
}

/** Resolves when a part has failed for good, and never otherwise. */
const failure = (done: Promise<unknown> | undefined, logger: Logger): Promise<false> =>
  new Promise((resolve) => {
    done?.catch((error: unknown) => {
      logger.fatal({ err: error }, 'process.failed')
      resolve(false)
    })
  })

async function within(timeoutMs: number, teardown: Teardown, logger: Logger): Promise<boolean> {
  const timer = setTimeout(() => {
    logger.error({ timeoutMs }, 'process.shutdown_timed_out')
    process.exit(EXIT_CODES.failed)
  }, timeoutMs)
  try {
    return await teardown.run()
  } finally {
    clearTimeout(timer)
  }
}
