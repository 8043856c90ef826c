import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { eventually } from './eventually.ts'

const LAUNCHER = join(import.meta.dirname, '../../bin/posthorn.js')

export interface RunOptions {
  /** The installation's folder. */
  cwd: string
  env?: NodeJS.ProcessEnv
}

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface RunningPosthorn {
  readonly process: ChildProcess
  /** What it has written to stderr so far, where the log goes. */
  log(): string
  /** The fields of the first log line with this message, once it is there. */
  logged(message: string): Promise<Record<string, unknown>>
  ended: Promise<Ended>
}

/** Starts `posthorn` as a shell would, with nothing of this process's environment but what a shell needs. */
export function startPosthorn(t: TestContext, args: readonly string[], { cwd, env }: RunOptions): RunningPosthorn {
  const child = spawn(process.execPath, [LAUNCHER, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...FREE_PORTS, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    process: child,
    log: () => stderr,
    logged: (message) => eventually(() => findLine(stderr, message, child), { timeoutMs: 60_000 }),
    ended,
  }
}

/** Ports that nobody has to agree on. */
const FREE_PORTS = {
  POSTHORN_PORT: '0',
  POSTHORN_SERVE_METRICS_PORT: '0',
  POSTHORN_WORK_METRICS_PORT: '0',
  POSTHORN_TEMPORAL_METRICS_PORT: '0',
}

/** Runs `posthorn` to its end. */
export const runPosthorn = (t: TestContext, args: readonly string[], options: RunOptions): Promise<Ended> =>
  startPosthorn(t, args, options).ended

function findLine(log: string, message: string, child: ChildProcess): Record<string, unknown> {
  const line = log.split('\n').find((candidate) => candidate.includes(`"msg":"${message}"`))
  // A prefix stands before the lines of processes that another one started.
  if (line !== undefined) return JSON.parse(line.slice(line.indexOf('{'))) as Record<string, unknown>
  throw new Error(
    `no ${message} in the log of a process that ${child.exitCode === null ? 'runs' : 'has ended'}:\n${log}`,
  )
}
