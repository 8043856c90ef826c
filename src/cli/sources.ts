import type { Provider } from '../providers/provider.ts'
import type { Source } from '../providers/source.ts'
import type { Breaker } from '../storage/breakers.ts'
import { type Output, table } from './output.ts'
import { type ProviderFacts, providerFacts } from './providers/provider-facts.ts'
import { providerLines } from './providers/provider-lines.ts'

export interface SourcesOptions {
  sources: readonly Source[]
  /** Those that a source can name. */
  providers: readonly Provider[]
  publicUrl: string
  /** Of sources that have ever been out; undefined where nobody could look. */
  breakers: ReadonlyMap<string, Breaker> | undefined
  output: Output
}

/**
 * Prints the configured sources: where providers must send, and which secrets are accepted, never what they are. Then all providers
 * and what is to be known of them; in JSON every source has the facts of its provider, and the others follow without an ID.
 */
export function sources({ sources, providers, publicUrl, breakers, output }: SourcesOptions): void {
  const configured = sources.map((source) => ({ ...listedSource(source, { publicUrl, breakers }), ...factsOf(source) }))
  const used = new Set(sources.map(({ provider }) => provider.name))
  const others = providers.filter(({ name }) => !used.has(name)).map(providerFacts)
  output.show([...configured, ...others], () => [
    ...sourceLines(configured),
    '',
    ...providerLines(distinct([...sources.map(({ provider }) => provider), ...providers]).map(providerFacts)),
  ])
}

type ListedSource = ReturnType<typeof listedSource>

const listedSource = (source: Source, { publicUrl, breakers }: Pick<SourcesOptions, 'publicUrl' | 'breakers'>) => ({
  id: source.id,
  name: source.name,
  provider: source.provider.name,
  // The token is a secret, too: who needs the whole URL has it in the environment.
  url: publicUrl + source.path + (source.pathToken === undefined ? '' : '/****'),
  secrets: source.secrets.filter(({ value }) => value !== '').map(({ slot }) => slot),
  mirror: source.mirror,
  ...(breakers !== undefined && source.api !== undefined && { breaker: breakerOf(breakers.get(source.id)) }),
  taskQueue: source.taskQueue,
  ...(source.tenant !== undefined && { tenant: source.tenant }),
  ...(source.account !== undefined && { account: source.account }),
})

const factsOf = ({ provider }: Source): ProviderFacts => providerFacts(provider)

/** By name, in the order of the alphabet: a provider of one's own stands among the shipped ones. */
const distinct = (providers: readonly Provider[]): Provider[] =>
  [...new Map(providers.map((provider) => [provider.name, provider])).values()].sort((a, b) =>
    a.name.localeCompare(b.name),
  )

function sourceLines(rows: readonly ListedSource[]): string[] {
  return table(
    ['SOURCE', 'PROVIDER', 'URL', 'SECRETS', 'MIRROR', 'API', 'TASK QUEUE'],
    rows.map((row) => [
      row.id,
      row.provider,
      row.url,
      row.secrets.join('+') || 'missing',
      row.mirror ? 'yes' : 'no',
      row.breaker === undefined ? '-' : breakerText(row.breaker),
      row.taskQueue,
    ]),
    'No sources are configured: add one to posthorn.config.ts.',
  )
}

type ListedBreaker = Pick<Breaker, 'state' | 'openedAt' | 'lastError'> & { tryInSeconds?: number }

function breakerOf(breaker: Breaker | undefined): ListedBreaker {
  if (breaker === undefined) return { state: 'closed' }
  const { state, openedAt, lastError, tryInMs } = breaker
  return {
    state,
    ...(openedAt !== undefined && { openedAt }),
    ...(tryInMs !== undefined && { tryInSeconds: Math.max(0, Math.ceil(tryInMs / 1_000)) }),
    ...(state !== 'closed' && lastError !== undefined && { lastError }),
  }
}

function breakerText({ state, openedAt, tryInSeconds, lastError }: ListedBreaker): string {
  if (state === 'closed') return 'answers'
  const next = state === 'open' ? `probe in ${tryInSeconds} s` : 'being probed'
  return `out since ${openedAt?.toISOString()}, ${next}: ${lastError}`
}
