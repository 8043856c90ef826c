import { createOutput } from '../../cli/output.ts'
import type { Progress } from '../../stack/progress.ts'
import { runMigrate } from '../commands/migrate.ts'
import { runSetup } from '../commands/setup.ts'
import type { Teardown } from '../process/teardown.ts'
import type { Environment } from '../settings.ts'
import { type Launched, launch } from './launch.ts'

export interface DemoProcessesOptions {
  environment: Environment
  /** Where their logs go. */
  directory: string
  teardown: Teardown
  progress: Progress
}

/** Prepares database and namespace, and runs receiver and worker in processes of their own, all by the commands of these names. */
export async function startDemoProcesses(options: DemoProcessesOptions): Promise<Launched> {
  const { environment, progress } = options
  const context = { environment, output: createOutput({ json: true, write: () => undefined }) }
  progress('posthorn migrate')
  await runMigrate(context)
  // The receiver knows nothing of Temporal, so it need not wait for the set-up there.
  const serve = launch({ ...options, command: 'serve' })
  progress('posthorn setup, posthorn serve')
  const work = runSetup(context).then(() => {
    progress('posthorn work')
    return launch({ ...options, command: 'work' })
  })
  const processes = await Promise.all([serve, work])
  const broken = Promise.race(processes.map((process) => process.broken))
  broken.catch(() => undefined)
  return { broken }
}
