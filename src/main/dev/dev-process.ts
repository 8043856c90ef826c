import { type Child, startChild } from '../../stack/child-process.ts'
import type { Environment } from '../settings.ts'

export interface DevProcessOptions {
  /** The command of `posthorn` that it runs. */
  command: string
  environment: Environment
  print: (line: string) => void
}

/** One of our long-running commands, which may be started anew. */
export interface DevProcess {
  /** Ends the process in order if it runs, and starts it with the code as it is now. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const STOP_TIMEOUT_MS = 50_000

export function createDevProcess(options: DevProcessOptions): DevProcess {
  let running: Child | undefined

  async function stop(): Promise<void> {
    const child = running
    running = undefined
    await child?.stop()
  }

  async function restart(): Promise<void> {
    await stop()
    const child = await startCommand(options)
    running = child
    void child.exited.then(({ code, signal }) => {
      if (running !== child) return
      running = undefined
      options.print(`${options.command} ended (${signal ?? code}); it starts again with the next change of a file.`)
    })
  }

  return { restart, stop }
}

/** Runs a command of ours to its end. True when it said that it went well; what it printed is shown when it did not. */
export async function runCommand(options: DevProcessOptions): Promise<boolean> {
  const child = await startCommand({ ...options, print: () => undefined })
  const { code } = await child.exited
  if (code !== 0) options.print(child.output())
  return code === 0
}

const startCommand = ({ command, environment, print }: DevProcessOptions): Promise<Child> =>
  startChild({
    command: process.execPath,
    // The launcher that started us: sources in a checkout, the built files in an installed package.
    args: [process.argv[1] as string, command],
    env: { ...environment },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: STOP_TIMEOUT_MS,
    onLine: (line) => print(`${command.padEnd(5)} | ${line}`),
  })
