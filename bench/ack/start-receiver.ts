import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Mode } from './mode-inbox.ts'

export interface ReceiverOrder {
  mode: Mode
  databaseUrl: string
  secret: string
}

export interface Usage {
  /** Since the process began, MB. */
  peakRssMb: number
  /** Since the process began, on all threads. */
  cpuMs: number
}

export type ReceiverMessage = { port: number } | { usage: Usage } | { error: string }

export interface ReceiverProcess {
  port: number
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/**
 * Starts a receiver that stores events as the mode says. It ends with this process, however that ends.
 * @throws Error with its reason when it does not come up.
 */
export async function startReceiver(order: ReceiverOrder): Promise<ReceiverProcess> {
  const child = fork(join(import.meta.dirname, 'receiver-process.ts'), [JSON.stringify(order)], {
    execArgv: ['--import', 'tsx'],
    // A line for every request is written, as in production, to nowhere.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const exited = once(child, 'exit')
  const message = await Promise.race([answer(child), exited.then(() => ({ error: 'it ended' }))])
  if (!('port' in message)) throw new Error(`the receiver did not start: ${JSON.stringify(message)}`)
  return {
    port: message.port,
    async usage() {
      child.send('usage')
      const reply = await answer(child)
      if (!('usage' in reply)) throw new Error(`the receiver answered ${JSON.stringify(reply)}`)
      return reply.usage
    },
    async stop() {
      child.disconnect()
      await exited
    },
  }
}

async function answer(child: ChildProcess): Promise<ReceiverMessage> {
  const [message] = (await once(child, 'message')) as [ReceiverMessage]
  return message
}
