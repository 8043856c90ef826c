import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../../cli/exit-codes.ts'
import { startChild } from '../../stack/child-process.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Environment } from '../settings.ts'

export interface LaunchOptions {
  /** `serve` or `work`. */
  command: string
  environment: Environment
  /** The message of the log line that says that it is ready. */
  readyMessage: string
  /** Where its log goes, as `<command>.log`. */
  directory: string
  teardown: Teardown
}

export interface Launched {
  /** Rejects when the process ends without having been asked to. */
  broken: Promise<never>
}

const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 50_000
const LAST_LINES = 5

/**
 * Starts a Posthorn process as an operator would, and resolves when it says that it is ready.
 * @throws CommandError with its last words when it ends or takes too long.
 */
export async function launch(options: LaunchOptions): Promise<Launched> {
  const { command, environment, readyMessage, directory, teardown } = options
  const logFile = join(directory, `${command}.log`)
  const log = createWriteStream(logFile)
  let isReady = false
  const child = await startChild({
    command: process.execPath,
    // The launcher that started us: sources in a checkout, the built files in an installed package.
    args: [process.argv[1] as string, command],
    env: { ...environment },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    onLine: (line) => {
      log.write(`${line}\n`)
      isReady ||= line.includes(`"msg":"${readyMessage}"`)
    },
  })
  let isWanted = true
  teardown.add(command, async () => {
    isWanted = false
    await child.stop()
    log.end()
  })
  const lastWords = (what: string): CommandError => {
    const lines = child.output().split('\n').slice(-LAST_LINES)
    return new CommandError('failed', [`posthorn ${command} ${what}; ${logFile} ends:`, ...lines].join('\n'))
  }
  const broken = new Promise<never>((_resolve, reject) => {
    void child.exited.then(() => isWanted && reject(lastWords('ended')))
  })
  // Only whoever waits for it is to hear of it.
  broken.catch(() => undefined)

  const deadline = Date.now() + READY_TIMEOUT_MS
  while (!isReady) {
    if (Date.now() > deadline) throw lastWords('was not ready in time')
    if (!isWanted) throw lastWords('was stopped')
    await Promise.race([delay(20), broken])
  }
  return { broken }
}
