import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { CommandError, type ExitCode } from '../cli/exit-codes.ts'
import { startLocalStack } from '../stack/local-stack.ts'
import { cliPlaces } from '../stack/temporal-cli.ts'
import { createLogger } from '../telemetry/logger.ts'
import { SEARCH_ATTRIBUTES } from '../temporal/search-attributes.ts'
import { createDevProcess, runCommand } from './dev/dev-process.ts'
import { ensureDevSecrets } from './dev/dev-secrets.ts'
import { inTurn } from './dev/in-turn.ts'
import { watchFiles } from './dev/watch-files.ts'
import { userPaths } from './installation/load-user-code.ts'
import { type LoadedConfig, loadSourceConfig } from './load-config.ts'
import { assertPortsFree } from './process/assert-ports-free.ts'
import { runUntilSignal } from './process/run-until-signal.ts'
import type { Teardown } from './process/teardown.ts'
import { DEV_STACK_FILE } from './settings/environment.ts'
import type { Settings } from './settings/settings-table.ts'
import { type Environment, readSettings } from './settings.ts'

/** `posthorn dev`: everything on this machine, with reload, until a signal ends it. */
export async function dev(environment: Environment): Promise<ExitCode> {
  const settings = readSettings(environment)
  if (settings.process.isProduction) {
    throw new CommandError(
      'usage',
      '`posthorn dev` is no way to run in production: run `posthorn serve` and `posthorn work`.',
    )
  }
  const loaded = await loadSourceConfig(settings)
  return runUntilSignal({
    logger: createLogger({ level: 'warn', name: 'dev' }),
    shutdownTimeoutMs: 2 * settings.process.shutdownTimeoutMs,
    start: async (teardown) => {
      await startDev({ settings, loaded, environment, teardown })
      return {}
    },
  })
}

interface DevParts {
  settings: Settings
  loaded: LoadedConfig
  environment: Environment
  teardown: Teardown
}

const print = (line: string): void => void process.stderr.write(`${line}\n`)

async function startDev(parts: DevParts): Promise<void> {
  const { settings, loaded, environment, teardown } = parts
  await assertPortsFree(settings, environment)
  const secrets = await ensureDevSecrets(loaded.root, loaded.config, environment)
  if (secrets.length > 0) print(`Generated into .posthorn/dev.env: ${secrets.join(', ')}`)
  const stack = await startServers(parts)

  // The rest they read from .env themselves, as it is by then.
  const processEnvironment = {
    ...process.env,
    // With tokens that only stand in, real providers must not be asked for lists.
    ...(!environment['POSTHORN_RECONCILE'] && { POSTHORN_RECONCILE: 'false' }),
    ...stack.addresses,
  }
  const serve = createDevProcess({ command: 'serve', environment: processEnvironment, print })
  const work = createDevProcess({ command: 'work', environment: processEnvironment, print })
  const reload = inTurn(async () => {
    // Both are asked of a new process each time: this one has the code as it was at its own start.
    for (const command of ['migrate', 'setup']) {
      if (!(await runCommand({ command, environment: processEnvironment, print }))) return
    }
    await Promise.all([serve.restart(), work.restart()])
  })
  teardown.add('processes', () => Promise.all([serve.stop(), work.stop()]))
  await reload.ask()
  const stopWatching = watchFiles({
    ...watchedPaths(loaded, settings),
    onChange: (names) => {
      print(`Changed: ${names.join(', ')}`)
      void reload.ask()
    },
  })
  teardown.add('watch', () => {
    stopWatching()
    return reload.idle()
  })
  for (const line of addressLines(settings, loaded, stack.temporalUiUrl)) print(line)
}

interface DevServers {
  addresses: Environment
  temporalUiUrl: string
}

/** What is not given is started here, and found by other commands in this folder while it runs. */
async function startServers({ settings, loaded, environment, teardown }: DevParts): Promise<DevServers> {
  const { postgresPort: postgres, temporalPort: temporal, temporalUiPort: temporalUi } = settings.stack
  const stack = await startLocalStack({
    directory: join(loaded.root, '.posthorn'),
    databaseUrl: environment['DATABASE_URL'] || undefined,
    temporalAddress: environment['TEMPORAL_ADDRESS'] || undefined,
    temporalCli: cliPlaces({ ...environment }),
    ports: { postgres, temporal, temporalUi },
    searchAttributes: Object.values(SEARCH_ATTRIBUTES),
    progress: print,
  })
  teardown.add('servers', stack.stop)
  const addresses = { DATABASE_URL: stack.databaseUrl, TEMPORAL_ADDRESS: stack.temporalAddress }
  const file = join(loaded.root, DEV_STACK_FILE)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(
    file,
    Object.entries(addresses)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
    { mode: 0o600 },
  )
  teardown.add('addresses', () => rm(file, { force: true }))
  return { addresses, temporalUiUrl: stack.temporalUiUrl ?? settings.worker.temporalUiUrl }
}

function watchedPaths(loaded: LoadedConfig, settings: Settings): { folders: string[]; files: string[] } {
  const { workflows, activities, migrations } = userPaths(loaded)
  const code = [workflows, activities].flatMap((path) => (path === undefined ? [] : [dirname(path)]))
  return {
    folders: [join(loaded.root, 'src'), ...code, ...(migrations === undefined ? [] : [migrations])],
    files: [resolve(settings.process.configFile), join(loaded.root, '.env')],
  }
}

function addressLines({ receiver, metrics }: Settings, { config }: LoadedConfig, temporalUiUrl: string): string[] {
  const base = `http://${receiver.bindAddress}:${receiver.port}`
  const hooks = Object.entries(config.sources).map(([id, source]) => ({ id, path: source.path ?? `/webhooks/${id}` }))
  return [
    '',
    ...hooks.map(({ id, path }) => `  ${id.padEnd(16)} ${base}${path}`),
    `  ${'Temporal UI'.padEnd(16)} ${temporalUiUrl}`,
    `  ${'metrics'.padEnd(16)} http://${metrics.bindAddress}:${metrics.servePort}/metrics, :${metrics.workPort}/metrics`,
    '',
    'Changes of files are loaded as they are saved. Ctrl-C stops everything.',
    '',
  ]
}
