import type { EnvReference, SourceConfig } from '../../kit/config.ts'
import { PROVIDER_NAMES } from '../../providers/load-providers.ts'
import type { Provider } from '../../providers/provider.ts'
import type { ReconcileSettings, Source } from '../../providers/source.ts'
import { type Compared, DEFAULT_RECONCILE, comparisonOf, whyNothing } from '../../reconciliation/settings.ts'
import { duration } from '../settings/setting-kinds.ts'
import { nearest } from '../settings/nearest.ts'
import { hookPathProblems } from '../../receiver/hook-paths.ts'
import type { Environment } from '../settings.ts'
import { resolveSecrets } from './resolve-secrets.ts'

export interface ResolveOptions {
  environment: Environment
  /** The shipped providers that the sources name. */
  providers: Readonly<Record<string, Provider>>
  /** How sources are reconciled that say nothing of their own; false: none is. Default: as `DEFAULT_RECONCILE` says. */
  reconcile?: Pick<ReconcileSettings, 'everyMs' | 'settleMs'> | false
}

export interface ResolvedSources {
  sources: Source[]
  /** Sentences; with one of them nothing must start. */
  problems: string[]
  /** Sentences about what works but is probably not meant. */
  warnings: string[]
}

const MIB = 1024 * 1024
/** The shape of the configuration was checked before. */
const ANY_DURATION = duration('0s', '365d')
const DEFAULT_BURST = 50
const DEFAULT_TASK_QUEUE = 'posthorn-events'

/** Resolves every reference of the configured sources: environment, providers, paths. Reports everything that is wrong at once. */
export function resolveSources(
  configs: Readonly<Record<string, SourceConfig>>,
  { environment, providers, reconcile: usual = DEFAULT_RECONCILE }: ResolveOptions,
): ResolvedSources {
  const findings = { problems: [] as string[], warnings: [] as string[] }
  const missing = new Set<string>()
  const sources = Object.entries(configs).flatMap(([id, config]) => {
    const provider = findProvider(id, config, providers, findings.problems)
    return provider === undefined
      ? []
      : [resolveSource({ id, config, provider, environment, usual, missing, ...findings })]
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
  const meant = nearest(config.provider, PROVIDER_NAMES)
  const hint = meant === undefined ? `Known are ${PROVIDER_NAMES.join(', ')}.` : `Did you mean ${meant}?`
  problems.push(`sources.${id}.provider: there is no provider "${config.provider}". ${hint}`)
  return undefined
}

interface Resolution {
  id: string
  config: SourceConfig
  provider: Provider
  environment: Environment
  usual: Pick<ReconcileSettings, 'everyMs' | 'settleMs'> | false
  missing: Set<string>
  problems: string[]
  warnings: string[]
}

function resolveSource(resolution: Resolution): Source {
  const { id, config, provider } = resolution
  const api = resolveApi(resolution)
  const pathToken = resolvePathToken(resolution)
  const mirror = config.mirror ?? false
  const reconcile = resolveReconcile(resolution, { provider, mirror, ...(api && { api }) })
  return {
    id,
    name: config.name ?? id,
    provider,
    path: config.path ?? `/webhooks/${id}`,
    ...(pathToken !== undefined && { pathToken }),
    typeSuffix: config.typeSuffix ?? false,
    secrets: resolveSecrets(read(resolution, config.secret), { ...resolution, source: id, name: config.secret.env }),
    ...(api !== undefined && { api }),
    mirror,
    ...(config.urls && { urls: { hosts: config.urls.hosts ?? [], loopback: config.urls.loopback ?? false } }),
    ...(reconcile !== undefined && { reconcile }),
    taskQueue: config.taskQueue ?? DEFAULT_TASK_QUEUE,
    ...(config.tenant !== undefined && { tenant: config.tenant }),
    ...(config.account !== undefined && { account: config.account }),
    ...(config.connectedAt !== undefined && { connectedAt: new Date(config.connectedAt) }),
    maxBodyBytes: config.maxBodyBytes ?? MIB,
    ...(config.rateLimit !== undefined && { rateLimit: { burst: DEFAULT_BURST, ...config.rateLimit } }),
    allowIps: config.allowIps ?? [],
    ...(config.absorb === true && { absorb: true }),
    ...(config.apiVersion !== undefined && { apiVersion: config.apiVersion }),
    ...(config.storeBodies === 'until_done' && { storeBodies: 'until_done' as const }),
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
    const baseUrl = resolveBaseUrl(resolution) ?? provider.canonical.baseUrl
    if (baseUrl === '')
      problems.push(`sources.${id}.api.baseUrl is needed: ${provider.name} has a host for each customer.`)
    return {
      token: read(resolution, token),
      baseUrl,
      ...resolveListing(resolution),
      ...resolveBudget(resolution),
    }
  }
  if (config.mirror === true || config.api !== undefined) {
    problems.push(`sources.${id}.api.token is needed to read from ${provider.name}: write api: { token: env('NAME') }.`)
  }
  return undefined
}

function resolveListing({ config, environment }: Resolution): { listing?: string } {
  const { listing } = config.api ?? {}
  const place = typeof listing === 'object' ? environment[listing.env] || undefined : listing
  return place === undefined ? {} : { listing: place }
}

function resolveBudget({ id, config, problems }: Resolution): Pick<NonNullable<Source['api']>, 'budget'> {
  const { ratePerSecond, burst } = config.api ?? {}
  if (ratePerSecond !== undefined) return { budget: { ratePerSecond, burst: burst ?? Math.ceil(ratePerSecond) } }
  if (burst !== undefined) problems.push(`sources.${id}.api.burst needs api.ratePerSecond beside it.`)
  return {}
}

function resolveReconcile(
  { id, config, usual, problems }: Resolution,
  compared: Compared,
): ReconcileSettings | undefined {
  const { reconcile } = config
  if (comparisonOf(compared) === 'nothing') {
    if (reconcile) problems.push(`sources.${id}.reconcile: ${whyNothing(compared)}`)
    return undefined
  }
  if (reconcile === false || usual === false) return undefined
  const ms = (text: string | undefined, fallback: number): number =>
    (text === undefined ? undefined : ANY_DURATION.parse(text)) ?? fallback
  return {
    everyMs: ms(reconcile?.every, usual.everyMs),
    lookBackMs: ms(reconcile?.lookBack, DEFAULT_RECONCILE.lookBackMs),
    settleMs: ms(reconcile?.settle, usual.settleMs),
    overlapMs: ms(reconcile?.overlap, DEFAULT_RECONCILE.overlapMs),
    confirmAfterMs: ms(reconcile?.confirmAfter, DEFAULT_RECONCILE.confirmAfterMs),
  }
}

/** Unlike other references this one may be unset: the provider's own URL is the rule, another one the exception. */
function resolveBaseUrl({ config, environment, problems }: Resolution): string | undefined {
  const baseUrl = config.api?.baseUrl
  if (typeof baseUrl !== 'object') return baseUrl
  const value = environment[baseUrl.env] || undefined
  if (value !== undefined && !URL.canParse(value)) problems.push(`${baseUrl.env} must be a URL; it is "${value}".`)
  return value
}
