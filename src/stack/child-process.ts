import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

const LINES_KEPT = 100

export interface SystemUser {
  uid: number
  gid: number
}

export type StopSignal = 'SIGINT' | 'SIGTERM'

export interface ChildOptions {
  command: string
  args: readonly string[]
  /** The whole environment of the child: nothing is inherited. */
  env: NodeJS.ProcessEnv
  /** Run as this user; possible for root only. */
  user?: SystemUser | undefined
  /** What asks this program for an orderly end. */
  stopSignal: StopSignal
  /** How long the orderly end may take before SIGKILL. */
  stopTimeoutMs: number
  /** Told of every line that the child writes. */
  onLine?: (line: string) => void
}

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Child {
  pid: number
  /** Resolves when the process is gone and everything that it wrote is in `output`. */
  exited: Promise<Exit>
  /** The last lines that the child wrote to stdout and stderr. */
  output(): string
  /** Asks for an orderly end, insists with SIGKILL after the deadline, resolves when the process is gone. */
  stop(): Promise<Exit>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<Exit>
}

/**
 * Starts a program in a process group of its own, so that Ctrl-C in a terminal reaches only us and we stop our children in
 * order. The child does not outlive this process, however this process ends. Throws when the program cannot be started.
 */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = spawn(options.command, options.args, {
    env: options.env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.user === undefined ? {} : { uid: options.user.uid, gid: options.user.gid }),
  })
  const lines = keepLines([child.stdout, child.stderr], options.onLine)
  const exited = new Promise<Exit>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  // Grandchildren may hold the pipes open for longer: whoever stops or kills the child need not wait for them.
  const gone = new Promise<Exit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  // Before anything is awaited: until then nothing ends the child if this process is killed.
  if (child.pid !== undefined) leash(child, options.stopSignal)
  await once(child, 'spawn')
  const pid = child.pid as number

  const kill = (): Promise<Exit> => {
    child.kill('SIGKILL')
    return gone
  }
  const stop = async (): Promise<Exit> => {
    child.kill(options.stopSignal)
    const insist = setTimeout(() => void kill(), options.stopTimeoutMs)
    return gone.finally(() => clearTimeout(insist))
  }
  return { pid, exited, output: () => lines.join('\n'), stop, kill }
}

function keepLines(streams: readonly Readable[], onLine?: (line: string) => void): string[] {
  const lines: string[] = []
  for (const stream of streams) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      if (lines.length > LINES_KEPT) lines.shift()
      onLine?.(line)
    })
  }
  return lines
}

/**
 * A shell that waits for our end of a pipe to close, which the kernel does even when we are killed by SIGKILL, and then ends
 * the child's group: first politely, after ten seconds for good. It is in a group of its own too, or Ctrl-C would end it.
 */
const LEASH = `
read -r _
kill -s "$1" -- "-$0" || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -s 0 -- "-$0" || exit 0; done
kill -s KILL -- "-$0"`

/** Ends a detached child and all in its group when this process ends, however it ends. */
export function leash(child: ChildProcess, stopSignal: StopSignal): void {
  const args = ['-c', LEASH, String(child.pid), stopSignal.slice('SIG'.length)]
  const watcher = spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  child.once('exit', () => watcher.kill('SIGKILL'))
}
