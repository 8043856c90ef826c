import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { PosthornConfig } from '../kit/config.ts'
import type { Source } from '../providers/source.ts'
import { BUILT_CONFIG } from './installation/build-paths.ts'
import { configProblems, isConfig } from './installation/config-schema.ts'
import { ConfigurationError } from './settings/configuration-error.ts'
import { namesIn } from './installation/config-references.ts'
import { importUserModule } from './installation/import-user-module.ts'
import { namedProviders } from './installation/named-providers.ts'
import { resolveSources } from './installation/resolve-sources.ts'
import type { Settings } from './settings/settings-table.ts'
import { type Environment, unknownVariables } from './settings.ts'

export interface LoadedConfig {
  /** The folder of the configuration file: everything of the installation stands in it. Absolute. */
  root: string
  config: PosthornConfig
  /** It is what `posthorn build` made, as in production. */
  isBuilt: boolean
}

export interface Installation extends LoadedConfig {
  sources: Source[]
  /** What the activities are handed; what is unset or empty is left out. */
  userSettings: Readonly<Record<string, string>>
  /** Sentences to show to the operator. */
  warnings: string[]
}

/**
 * Loads the configuration and resolves its sources.
 * @throws ConfigurationError that names all problems at once.
 */
export async function loadInstallation(settings: Settings, environment: Environment): Promise<Installation> {
  const { problems, ...installation } = await examineInstallation(settings, environment)
  assertNone(problems)
  return installation
}

/** @throws ConfigurationError that names the problems, if there are any. */
export function assertNone(problems: readonly string[]): void {
  if (problems.length > 0) throw new ConfigurationError('The configuration is not right.', [...problems])
}

/**
 * The same, with everything that is wrong beside it: for what shows as much as there is.
 * @throws ConfigurationError when there is no configuration, or none of the right shape.
 */
export async function examineInstallation(
  settings: Settings,
  environment: Environment,
): Promise<Installation & { problems: string[] }> {
  const loaded = await loadConfig(settings)
  const providers = await namedProviders(loaded.config)
  const reconcile = reconcileDefaults(settings)
  const { sources, problems, warnings } = resolveSources(loaded.config.sources, { environment, providers, reconcile })
  problems.push(...unknownVariables(environment, namesIn(loaded.config)), ...absorbProblems(sources, settings))
  return { ...loaded, sources, userSettings: userSettings(loaded.config, environment), warnings, problems }
}

/** The sources as far as their schedules go: a job that sets up needs none of their secrets. */
export async function scheduledSources(
  loaded: LoadedConfig,
  { settings, environment }: { settings: Settings; environment: Environment },
): Promise<Source[]> {
  const options = {
    environment,
    providers: await namedProviders(loaded.config),
    reconcile: reconcileDefaults(settings),
  }
  return resolveSources(loaded.config.sources, options).sources
}

function userSettings({ settings = {} }: PosthornConfig, environment: Environment): Record<string, string> {
  const values = Object.entries(settings).map(([name, value]) => {
    return [name, typeof value === 'string' ? value : (environment[value.env] ?? '')] as const
  })
  return Object.fromEntries(values.filter(([, value]) => value !== ''))
}

const reconcileDefaults = ({ reconciliation }: Settings): Settings['reconciliation'] | false =>
  reconciliation.isOn ? reconciliation : false

/** What an absorbed event passes through keeps it for days: never in plain. */
function absorbProblems(sources: readonly Source[], { sealing }: Settings): string[] {
  const absorbing = sources.filter(({ absorb }) => absorb).map(({ id }) => id)
  if (absorbing.length === 0 || sealing.codecKey !== undefined) return []
  return [`Set POSTHORN_CODEC_KEY (\`openssl rand -base64 32\` makes one): source ${absorbing.join(', ')} absorbs.`]
}

/**
 * Loads the configuration file, in production what `posthorn build` made of it.
 * @throws ConfigurationError when it is not there or has the wrong shape.
 */
export async function loadConfig(settings: Settings): Promise<LoadedConfig> {
  if (!settings.process.isProduction) return loadSourceConfig(settings)
  const root = installationRoot(settings)
  const mend = 'Run `posthorn build` before the start: production loads what it makes.'
  return { root, config: await importConfig(join(root, BUILT_CONFIG), mend), isBuilt: true }
}

/** Loads the configuration file itself, in production, too: it is what a build begins with. */
export async function loadSourceConfig(settings: Settings): Promise<LoadedConfig> {
  const mend = 'Run posthorn in the folder of your posthorn.config.ts, or set POSTHORN_CONFIG to its path.'
  const config = await importConfig(resolve(settings.process.configFile), mend)
  return { root: installationRoot(settings), config, isBuilt: false }
}

const installationRoot = (settings: Settings): string => dirname(resolve(settings.process.configFile))

async function importConfig(file: string, mend: string): Promise<PosthornConfig> {
  if (!existsSync(file)) {
    throw new ConfigurationError('There is no configuration.', [`${file} does not exist. ${mend}`])
  }
  const { default: config } = await importUserModule(pathToFileURL(file))
  if (!isConfig(config)) throw new ConfigurationError(`${file} is not right.`, configProblems(config))
  return config
}
