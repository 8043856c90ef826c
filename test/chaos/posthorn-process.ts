import { join } from 'node:path'
import { type Child, startChild } from '../../src/stack/child-process.ts'
import { freePort } from '../../src/stack/free-port.ts'
import { eventually } from '../support/eventually.ts'

export interface PosthornProcess {
  readonly pid: number
  /** SIGKILL: nothing is tidied up. */
  kill(): Promise<void>
  /** SIGTERM, and how it ended. */
  terminate(): Promise<number | null>
  freeze(): void
  thaw(): void
  output(): string
}

const LAUNCHER = join(import.meta.dirname, '../../bin/posthorn.js')
const READY = { serve: 'receiver.listening', work: 'worker.running' }

/** Starts `posthorn serve` or `posthorn work` as an operator does, and resolves when it says that it is ready. */
export async function startPosthorn(
  command: 'serve' | 'work',
  env: NodeJS.ProcessEnv,
  program = LAUNCHER,
): Promise<PosthornProcess> {
  let isReady = false
  const child: Child = await startChild({
    command: process.execPath,
    args: [program, command],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...env, ...(await ownPorts()) },
    stopSignal: 'SIGTERM',
    stopTimeoutMs: 60_000,
    onLine: (line) => {
      isReady ||= line.includes(`"msg":"${READY[command]}"`)
    },
  })
  const ended = child.exited.then(({ code, signal }) => {
    if (!isReady) throw new Error(`posthorn ${command} ended (${code ?? signal}):\n${child.output()}`)
  })
  ended.catch(() => undefined)
  await Promise.race([eventually(() => isReady, { timeoutMs: 60_000 }), ended])
  return {
    pid: child.pid,
    kill: async () => void (await child.kill()),
    terminate: async () => (await child.stop()).code,
    freeze: () => process.kill(child.pid, 'SIGSTOP'),
    thaw: () => process.kill(child.pid, 'SIGCONT'),
    output: child.output,
  }
}

/** Ports that nobody has to know. */
async function ownPorts(): Promise<NodeJS.ProcessEnv> {
  return {
    POSTHORN_SERVE_METRICS_PORT: '0',
    POSTHORN_WORK_METRICS_PORT: '0',
    POSTHORN_TEMPORAL_METRICS_PORT: String(await freePort(0, 'metrics of the Temporal SDK')),
  }
}
