import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createOutput } from '../../src/cli/output.ts'
import { runBuild } from '../../src/main/commands/build.ts'
import { runMigrate } from '../../src/main/commands/migrate.ts'
import { freePort } from '../../src/stack/free-port.ts'
import type { Progress } from '../../src/stack/progress.ts'
import { unusedSecrets } from '../latency/start-posthorn.ts'
import { peakMemory } from '../peak-memory.ts'
import { SHIPPED_PROGRAM, compileProgram } from '../shipped-program.ts'
import { rounded } from '../statistics.ts'

export interface StartLoad {
  databaseUrl: string
  starts: number
  /** After the start, before memory is looked at. */
  idleMs: number
  progress: Progress
}

export interface StartMeasure {
  /** From the start of the process until it takes webhooks, in ms: the median, and the slowest. */
  median_ms: number
  slowest_ms: number
  /** The most that any of them held, in MB. */
  rss_idle: number
}

const ROOT = join(import.meta.dirname, '../..')
const READY = '"msg":"receiver.listening"'

/** Starts the compiled receiver as in production, one after the other. */
export async function measureStart({ databaseUrl, starts, idleMs, progress }: StartLoad): Promise<StartMeasure> {
  const environment = {
    DATABASE_URL: databaseUrl,
    POSTHORN_PUBLIC_URL: 'https://hooks.example.com',
    POSTHORN_TRUSTED_PROXIES: '127.0.0.1',
    TEAMCONNECT_WEBHOOK_SECRET: 'a secret that is never used',
    TEAMCONNECT_API_TOKEN: 'token',
    ...unusedSecrets(),
  }
  progress('Building')
  compileProgram()
  const context = { environment, output: createOutput({ json: true, write: () => undefined }) }
  await runMigrate(context)
  await runBuild(context)
  const measured: { ms: number; rss: number }[] = []
  for (let round = 1; round <= starts; round++) {
    const one = await startOnce({ ...environment, ...(await ports()) }, idleMs)
    measured.push(one)
    progress(`start ${round} of ${starts}: ${rounded(one.ms, 0)} ms, ${one.rss} MB`)
  }
  const times = measured.map(({ ms }) => ms).toSorted((a, b) => a - b)
  return {
    median_ms: rounded(times[Math.floor(times.length / 2)] as number, 0),
    slowest_ms: rounded(times.at(-1) as number, 0),
    rss_idle: Math.max(...measured.map(({ rss }) => rss)),
  }
}

async function ports(): Promise<Record<string, string>> {
  const names = ['POSTHORN_PORT', 'POSTHORN_SERVE_METRICS_PORT']
  const free = await Promise.all(names.map(async (name) => [name, String(await freePort(0, name))] as const))
  return Object.fromEntries(free)
}

async function startOnce(environment: Record<string, string>, idleMs: number): Promise<{ ms: number; rss: number }> {
  const startedAt = performance.now()
  const child = spawn(process.execPath, [SHIPPED_PROGRAM, 'serve'], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NODE_ENV: 'production', ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    let said = ''
    for await (const chunk of child.stderr.setEncoding('utf8')) {
      said += String(chunk)
      if (said.includes(READY)) break
    }
    if (!said.includes(READY)) throw new Error(`the receiver ended: ${said}`)
    const ms = performance.now() - startedAt
    await delay(idleMs)
    return { ms, rss: peakMemory(child.pid as number) }
  } finally {
    if (child.kill('SIGKILL')) await once(child, 'exit')
  }
}
