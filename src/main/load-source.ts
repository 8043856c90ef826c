import { CommandError } from '../cli/exit-codes.ts'
import type { SourceConfig } from '../kit/config.ts'
import { isProviderName, loadProviders } from '../providers/load-providers.ts'
import { newSecret } from '../providers/new-secret.ts'
import type { Source } from '../providers/source.ts'
import { signingKeyOf } from './installation/config-references.ts'
import { resolveSources } from './installation/resolve-sources.ts'
import { type LoadedConfig, loadConfig } from './load-config.ts'
import { ConfigurationError } from './settings/configuration-error.ts'
import { nearest } from './settings/nearest.ts'
import type { Settings } from './settings/settings-table.ts'
import type { Environment } from './settings.ts'

export interface LoadedSource {
  source: Source
  /**
   * What its sender signs with: the secret, or the private half of the key.
   * @throws CommandError where only the public half is known.
   */
  signingKey: () => string
  /** Where the API of its provider is configured, if by a variable. */
  apiUrlName?: string
  listingName?: string
}

/**
 * One source of the configuration with what it refers to and nothing else: what other sources lack is no matter here.
 * @throws CommandError where there is none of that ID, ConfigurationError where it is not right.
 */
export async function loadSource(settings: Settings, environment: Environment, id: string): Promise<LoadedSource> {
  const { config } = await loadConfig(settings)
  const ids = Object.keys(config.sources)
  if (!ids.includes(id)) {
    const meant = nearest(id, ids)
    throw new CommandError(
      'usage',
      `There is no source "${id}". ${meant === undefined ? `Configured are ${ids.join(', ')}.` : `Did you mean ${meant}?`}`,
    )
  }
  return resolveOne(config, environment, id)
}

/**
 * The sources that are named, by their own IDs or by those of their providers.
 * @throws CommandError for a name of neither.
 */
export async function loadSourcesNamed(
  settings: Settings,
  environment: Environment,
  names: readonly string[],
): Promise<LoadedSource[]> {
  const { config } = await loadConfig(settings)
  const providerOf = ({ provider }: SourceConfig): string => (typeof provider === 'string' ? provider : provider.name)
  const ids = names.flatMap((name) => {
    if (Object.hasOwn(config.sources, name)) return [name]
    const found = Object.entries(config.sources).flatMap(([id, source]) => (providerOf(source) === name ? [id] : []))
    if (found.length > 0) return found
    throw new CommandError('usage', `posthorn.config.ts has no source "${name}", and none of such a provider.`)
  })
  return Promise.all([...new Set(ids)].map((id) => resolveOne(config, environment, id)))
}

async function resolveOne(
  { sources }: LoadedConfig['config'],
  environment: Environment,
  id: string,
): Promise<LoadedSource> {
  const config = sources[id]
  if (config === undefined) throw new Error(`no source ${id}`)
  const names = typeof config.provider === 'string' && isProviderName(config.provider) ? [config.provider] : []
  const { sources: resolved, problems } = resolveSources(
    { [id]: config },
    { environment, providers: await loadProviders(names) },
  )
  const [source] = resolved
  if (source === undefined || problems.length > 0) throw new ConfigurationError(`Source ${id} is not right.`, problems)
  const { baseUrl, listing } = config.api ?? {}
  return {
    source,
    signingKey: () => findSigningKey(source, config, environment),
    ...(typeof baseUrl === 'object' && { apiUrlName: baseUrl.env }),
    ...(typeof listing === 'object' && { listingName: listing.env }),
  }
}

function findSigningKey({ id, provider, secrets }: Source, { secret }: SourceConfig, environment: Environment): string {
  const name = signingKeyOf(secret.env)
  const { sign, verify } = newSecret(provider)
  const key = environment[name] || (sign === verify ? secrets[0]?.value : undefined)
  if (key !== undefined) return key
  throw new CommandError(
    'usage',
    `Set ${name} to the private key that ${secret.env} is the public half of: nobody signs for source ${id} without it.`,
  )
}

/** The path that the provider of a source calls, without the type that some append. */
export const hookPathOf = ({ path, pathToken }: Source): string =>
  pathToken === undefined ? path : `${path}/${pathToken}`
