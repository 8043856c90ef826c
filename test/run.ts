/**
 * `npm test [-- <file or folder> …] [--filter <name>]`: one Postgres with a migrated template, one Temporal server, then
 * Node's test runner over the chosen files. Everything is thrown away at the end, also after Ctrl-C.
 */
import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { leash } from '../src/stack/child-process.ts'
import { startLocalStack } from '../src/stack/local-stack.ts'
import { cliPlaces, findTemporalCli } from '../src/stack/temporal-cli.ts'
import { SEARCH_ATTRIBUTES } from '../src/temporal/search-attributes.ts'
import { createTemplate } from './support/template.ts'
import { TEST_SETTINGS } from './support/test-setting.ts'

/** Longer than anything in a test waits for: what is late should say so itself. */
const FILE_TIMEOUT_MS = 600_000

async function run(interrupted: AbortSignal): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { filter: { type: 'string' } } })
  const files = await testFiles(positionals.length > 0 ? positionals : [import.meta.dirname])
  if (files.length === 0) throw new Error(`No test file (*.test.ts) in ${positionals.join(', ')}.`)

  const directory = await mkdtemp(join(tmpdir(), 'posthorn-test-'))
  const undo = [() => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })]
  try {
    // As root, Postgres runs as another user, who has to get to its data.
    await chmod(directory, 0o755)
    const temporalCli = await findTemporalCli(cliPlaces(process.env), { progress: say })
    const stack = await startLocalStack({
      directory,
      databaseUrl: process.env['DATABASE_URL'],
      temporalAddress: process.env['TEMPORAL_ADDRESS'],
      temporalCli: { ...cliPlaces(process.env), configured: temporalCli },
      ports: { postgres: 0, temporal: 0, temporalUi: 0 },
      searchAttributes: Object.values(SEARCH_ATTRIBUTES),
      progress: say,
    })
    undo.push(stack.stop)
    const template = await createTemplate(stack.databaseUrl)
    undo.push(template.drop)
    const addresses = {
      [TEST_SETTINGS.databaseUrl]: stack.databaseUrl,
      [TEST_SETTINGS.template]: template.name,
      [TEST_SETTINGS.temporalAddress]: stack.temporalAddress,
      POSTHORN_TEMPORAL_CLI: temporalCli,
    }
    return await runFiles({ files, filter: values.filter, addresses, interrupted })
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

async function testFiles(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    paths.map(async (path) => {
      if (!(await stat(path)).isDirectory()) return [path]
      const names = await readdir(path, { recursive: true })
      return names.filter((name) => name.endsWith('.test.ts')).map((name) => join(path, name))
    }),
  )
  return found
    .flat()
    .map((path) => relative('', path))
    .sort()
}

interface TestRun {
  files: readonly string[]
  filter: string | undefined
  addresses: NodeJS.ProcessEnv
  interrupted: AbortSignal
}

/** Runs Node's runner in a process group of its own, so that an interruption ends all test files and then we tidy up. */
function runFiles({ files, filter, addresses, interrupted }: TestRun): Promise<number> {
  interrupted.throwIfAborted()
  const concurrency = Math.max(2, availableParallelism())
  const flags = ['--import', 'tsx', '--test', '--test-reporter=spec', `--test-concurrency=${concurrency}`]
  const chosen = filter === undefined ? [] : [`--test-name-pattern=${filter}`]
  const runner = spawn(process.execPath, [...flags, `--test-timeout=${FILE_TIMEOUT_MS}`, ...chosen, ...files], {
    env: { ...withoutSettings(process.env), ...addresses },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
  })
  leash(runner, 'SIGTERM')
  interrupted.addEventListener('abort', () => process.kill(-(runner.pid as number), 'SIGKILL'))
  return new Promise((resolve, reject) => {
    runner.once('error', reject)
    runner.once('exit', (code) => resolve(code ?? 1))
  })
}

/** A developer's own settings must not change what the tests see. */
const withoutSettings = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(DATABASE_URL$|TEMPORAL_|POSTHORN_|NODE_ENV$)/.test(name)),
  )

function say(message: string): void {
  console.error(message)
}

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interruption.abort())
const exitCode = await run(interruption.signal).catch((error: unknown) => {
  if (!interruption.signal.aborted) console.error(error)
  return 1
})
process.exitCode = interruption.signal.aborted ? 130 : exitCode
