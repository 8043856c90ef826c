/** `npm run histories:record`: runs every recording that has no history yet on a real server and keeps what happened. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import type { WorkflowHandle } from '@temporalio/client'
import { Worker } from '@temporalio/worker'
import { WAKE_SIGNAL } from '../../src/domain/waits.ts'
import { cliPlaces, findTemporalCli } from '../../src/stack/temporal-cli.ts'
import { SEARCH_ATTRIBUTES } from '../../src/temporal/search-attributes.ts'
import packageJson from '../../package.json' with { type: 'json' }
import { eventually } from '../support/eventually.ts'
import { bundleProduct } from './product-bundle.ts'
import { RECORDINGS, type Recording } from './recordings.ts'

const ROOT = join(import.meta.dirname, '../../')
const folder = join(import.meta.dirname, 'histories', packageJson.version)

async function record(
  environment: TestWorkflowEnvironment,
  bundle: { code: string },
  recording: Recording,
): Promise<string> {
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue: recording.name,
    workflowBundle: bundle,
    activities: { posthornRecordOutcome: async () => undefined, ...recording.activities },
  })
  const workflowId = `recorded/${recording.name}`
  await worker.runUntil(async () => {
    const { workflow } = environment.client
    const { workflowType, event, name: taskQueue } = recording
    const attributes =
      typeof event === 'string'
        ? {}
        : { typedSearchAttributes: [{ key: SEARCH_ATTRIBUTES.source, value: event.source }] }
    const run = await workflow.start(workflowType, { workflowId, taskQueue, args: [event], ...attributes })
    if (recording.isWoken === true) await wakeOnceAsleep(run)
    await run.result().catch(() => undefined)
  })
  const show = ['workflow', 'show', '--workflow-id', workflowId, '--address', environment.address, '--output', 'json']
  const { stdout } = await promisify(execFile)(cli, show)
  // Where this checkout stands is nobody's business.
  return stdout.replaceAll(ROOT, '')
}

async function wakeOnceAsleep(run: WorkflowHandle): Promise<void> {
  await eventually(async () => {
    const { events } = await run.fetchHistory()
    return events?.some((event) => event.timerStartedEventAttributes) ?? false
  })
  await run.signal(WAKE_SIGNAL)
}

const missing = RECORDINGS.filter(({ name }) => !existsSync(join(folder, `${name}.json`)))
const cli = await findTemporalCli(cliPlaces(process.env), { progress: (message) => console.error(message) })
if (missing.length > 0) {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path: cli }, searchAttributes: Object.values(SEARCH_ATTRIBUTES) },
  })
  await mkdir(folder, { recursive: true })
  const bundle = await bundleProduct()
  for (const recording of missing) {
    await writeFile(join(folder, `${recording.name}.json`), await record(environment, bundle, recording))
  }
  await environment.teardown()
}
console.log(`${missing.length} recorded, ${RECORDINGS.length - missing.length} there already`)
