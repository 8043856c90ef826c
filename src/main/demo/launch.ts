import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { type LongCommand, startCommand } from '../process/start-command.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Environment } from '../settings.ts'

export interface LaunchOptions {
  command: LongCommand
  environment: Environment
  /** Where its log goes, as `<command>.log`. */
  directory: string
  teardown: Teardown
}

export interface Launched {
  /** Rejects when the process ends without having been asked to. */
  broken: Promise<never>
}

/**
 * Starts a Posthorn process that stays until the teardown.
 * @throws CommandError with its last words when it does not get ready.
 */
export async function launch({ command, environment, directory, teardown }: LaunchOptions): Promise<Launched> {
  const logFile = join(directory, `${command}.log`)
  const log = createWriteStream(logFile)
  const child = await startCommand({ command, environment, logFile, onLine: (line) => log.write(`${line}\n`) })
  let isWanted = true
  teardown.add(command, async () => {
    isWanted = false
    await child.stop()
    log.end()
  })
  const broken = new Promise<never>((_resolve, reject) => {
    void child.exited.then(() => isWanted && reject(child.lastWords('ended')))
  })
  broken.catch(() => undefined)
  await child.ready
  return { broken }
}
