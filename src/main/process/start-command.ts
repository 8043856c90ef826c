import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from '../../cli/exit-codes.ts'
import { type Child, startChild } from '../../stack/child-process.ts'
import type { Environment } from '../settings.ts'

export type LongCommand = 'serve' | 'work'

export interface StartCommandOptions {
  command: LongCommand
  environment: Environment
  /** Told of every line of its log. */
  onLine: (line: string) => void
  /** Where a person finds the whole log. */
  logFile: string
}

export interface StartedCommand extends Child {
  /** Resolves when it says that it is ready; rejects with its last words when it ends or takes too long, and then it is gone. */
  ready: Promise<void>
  /** That it `what`, with the end of its log. */
  lastWords(what: string): CommandError
}

/** The message of the log line that says that it is ready. */
const READY: Readonly<Record<LongCommand, string>> = { serve: 'receiver.listening', work: 'worker.running' }
const READY_TIMEOUT_MS = 60_000
const STOP_TIMEOUT_MS = 50_000
const LAST_LINES = 5

/** Starts a Posthorn process as an operator would. */
export async function startCommand(options: StartCommandOptions): Promise<StartedCommand> {
  const { command, environment, onLine, logFile } = options
  let isReady = false
  const child = await startChild({
    command: process.execPath,
    // The launcher that started us: sources in a checkout, the built files in an installed package.
    args: [process.argv[1] as string, command],
    env: { ...environment },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    onLine: (line) => {
      onLine(line)
      isReady ||= line.includes(`"msg":"${READY[command]}"`)
    },
  })
  const lastWords = (what: string): CommandError => {
    const lines = child.output().split('\n').slice(-LAST_LINES)
    return new CommandError('failed', [`posthorn ${command} ${what}; ${logFile} ends:`, ...lines].join('\n'))
  }

  async function untilReady(): Promise<void> {
    let hasExited = false
    void child.exited.then(() => (hasExited = true))
    for (const deadline = Date.now() + READY_TIMEOUT_MS; !isReady; await Promise.race([delay(20), child.exited])) {
      if (hasExited) throw lastWords('ended')
      if (Date.now() < deadline) continue
      await child.kill()
      throw lastWords('was not ready in time')
    }
  }

  const ready = untilReady()
  // Only whoever waits for it is to hear of it.
  ready.catch(() => undefined)
  return { ...child, ready, lastWords }
}
