import type { EnvReference, SourceConfig } from '../../kit/config.ts'
import type { Provider } from '../../providers/provider.ts'
import type { Source, SourceSecret } from '../../providers/source.ts'
import { nearest } from '../settings/nearest.ts'
import { hookPathProblems } from '../../receiver/hook-paths.ts'
import type { Environment } from '../settings.ts'

export interface ResolveOptions {
  environment: Environment
  /** The shipped providers, by name. */
  providers: Readonly<Record<string, Provider>>
}

export interface ResolvedSources {
  sources: Source[]
  /** Sentences; with one of them nothing must start. */
  problems: string[]
  /** Sentences about what works but is probably not meant. */
  warnings: string[]
}

const MIB = 1024 * 1024
const DEFAULT_BURST = 50
const DEFAULT_TASK_QUEUE = 'posthorn-events'

/** Resolves every reference of the configured sources: environment, providers, paths. Reports everything that is wrong at once. */
export function resolveSources(
  configs: Readonly<Record<string, SourceConfig>>,
  { environment, providers }: ResolveOptions,
): ResolvedSources {
  const findings = { problems: [] as string[], warnings: [] as string[] }
  const missing = new Set<string>()
  const sources = Object.entries(configs).flatMap(([id, config]) => {
    const provider = findProvider(id, config, providers, findings.problems)
    return provider === undefined ? [] : [resolveSource({ id, config, provider, environment, missing, ...findings })]
  })
  if (missing.size > 0) {
    findings.problems.push(`Set ${[...missing].join(', ')} in the environment: posthorn.config.ts refers to them.`)
  }
  findings.problems.push(...hookPathProblems(sources))
  return { sources, ...findings }
}

function findProvider(
  id: string,
  config: SourceConfig,
  providers: Readonly<Record<string, Provider>>,
  problems: string[],
): Provider | undefined {
  if (typeof config.provider !== 'string') return config.provider
  if (Object.hasOwn(providers, config.provider)) return providers[config.provider]
  const known = Object.keys(providers)
  const meant = nearest(config.provider, known)
  const hint = meant === undefined ? `Known are ${known.join(', ')}.` : `Did you mean ${meant}?`
  problems.push(`sources.${id}.provider: there is no provider "${config.provider}". ${hint}`)
  return undefined
}

interface Resolution {
  id: string
  config: SourceConfig
  provider: Provider
  environment: Environment
  missing: Set<string>
  problems: string[]
  warnings: string[]
}

function resolveSource(resolution: Resolution): Source {
  const { id, config, provider } = resolution
  const api = resolveApi(resolution)
  const pathToken = resolvePathToken(resolution)
  return {
    id,
    name: config.name ?? id,
    provider,
    path: config.path ?? `/webhooks/${id}`,
    ...(pathToken !== undefined && { pathToken }),
    typeSuffix: config.typeSuffix ?? false,
    secrets: resolveSecrets(resolution),
    ...(api !== undefined && { api }),
    mirror: config.mirror ?? false,
    taskQueue: config.taskQueue ?? DEFAULT_TASK_QUEUE,
    ...(config.tenant !== undefined && { tenant: config.tenant }),
    ...(config.account !== undefined && { account: config.account }),
    ...(config.connectedAt !== undefined && { connectedAt: new Date(config.connectedAt) }),
    maxBodyBytes: config.maxBodyBytes ?? MIB,
    ...(config.rateLimit !== undefined && { rateLimit: { burst: DEFAULT_BURST, ...config.rateLimit } }),
    allowIps: config.allowIps ?? [],
    onMissingId: config.onMissingId ?? 'derive',
    onMalformed: config.onMalformed ?? 'park',
  }
}

/** The value behind a reference. A name that is unset, or set to nothing, is noted as missing. */
function read({ environment, missing }: Resolution, { env }: EnvReference): string {
  const value = environment[env] ?? ''
  if (value === '') missing.add(env)
  return value
}

function resolveSecrets(resolution: Resolution): SourceSecret[] {
  const { config, environment } = resolution
  const name = config.secret.env
  const secrets: SourceSecret[] = [{ slot: 'current', value: read(resolution, config.secret) }]
  const previous = environment[`${name}_PREVIOUS`]
  const next = environment[`${name}_NEXT`]
  if (previous) secrets.push({ slot: 'previous', value: previous })
  if (next) secrets.push({ slot: 'next', value: next })
  for (const { slot, value } of secrets) {
    const variable = slot === 'current' ? name : `${name}_${slot.toUpperCase()}`
    if (value !== '') resolution.warnings.push(...secretWarnings(resolution, variable, value))
  }
  return secrets
}

function secretWarnings({ id, provider }: Resolution, variable: string, value: string): string[] {
  if (value !== value.trim()) {
    return [`${variable} begins or ends with white space, which counts: remove it unless the provider has it, too.`]
  }
  const doubt = provider.checkSecret?.(value)
  return doubt === undefined ? [] : [`${variable} of source ${id}: ${doubt}`]
}

function resolvePathToken(resolution: Resolution): string | undefined {
  const { id, config, problems } = resolution
  if (config.pathToken === undefined) return undefined
  const token = read(resolution, config.pathToken)
  if (token !== '' && !/^[\w-]{16,}$/.test(token)) {
    problems.push(
      `${config.pathToken.env}, the path token of source ${id}, must be 16 or more letters, digits, - or _.`,
    )
  }
  return token
}

function resolveApi(resolution: Resolution): Source['api'] {
  const { id, config, provider, problems } = resolution
  if ('view' in provider.canonical) {
    if (config.api !== undefined) problems.push(`sources.${id}.api: ${provider.name} has no API to read; remove it.`)
    return undefined
  }
  const token = config.api?.token
  if (token !== undefined) {
    return {
      token: read(resolution, token),
      baseUrl: resolveBaseUrl(resolution) ?? provider.canonical.baseUrl,
      ...(config.api?.listing !== undefined && { listing: config.api.listing }),
    }
  }
  if (config.mirror === true || config.api !== undefined) {
    problems.push(`sources.${id}.api.token is needed to read from ${provider.name}: write api: { token: env('NAME') }.`)
  }
  return undefined
}

/** Unlike other references this one may be unset: the provider's own URL is the rule, another one the exception. */
function resolveBaseUrl({ config, environment, problems }: Resolution): string | undefined {
  const baseUrl = config.api?.baseUrl
  if (typeof baseUrl !== 'object') return baseUrl
  const value = environment[baseUrl.env] || undefined
  if (value !== undefined && !URL.canParse(value)) problems.push(`${baseUrl.env} must be a URL; it is "${value}".`)
  return value
}
