import type { Source } from '../providers/source.ts'
import type { Breaker } from '../storage/breakers.ts'
import { type Output, table } from './output.ts'

export interface SourcesOptions {
  sources: readonly Source[]
  publicUrl: string
  /** Of sources that have ever been out; undefined where nobody could look. */
  breakers: ReadonlyMap<string, Breaker> | undefined
  output: Output
}

/** Prints the configured sources: where providers must send, and which secrets are accepted, never what they are. */
export function sources({ sources, publicUrl, breakers, output }: SourcesOptions): void {
  const listed = sources.map((source) => ({
    id: source.id,
    name: source.name,
    provider: source.provider.name,
    // The token is a secret, too: who needs the whole URL has it in the environment.
    url: publicUrl + source.path + (source.pathToken === undefined ? '' : '/****'),
    secrets: source.secrets.map(({ slot }) => slot),
    mirror: source.mirror,
    ...(breakers !== undefined && source.api !== undefined && { breaker: breakerOf(breakers.get(source.id)) }),
    taskQueue: source.taskQueue,
    ...(source.tenant !== undefined && { tenant: source.tenant }),
    ...(source.account !== undefined && { account: source.account }),
  }))
  output.show(listed, (rows) =>
    table(
      ['SOURCE', 'PROVIDER', 'URL', 'SECRETS', 'MIRROR', 'API', 'TASK QUEUE'],
      rows.map((row) => [
        row.id,
        row.provider,
        row.url,
        row.secrets.join('+'),
        row.mirror ? 'yes' : 'no',
        row.breaker === undefined ? '-' : breakerText(row.breaker),
        row.taskQueue,
      ]),
      'No sources are configured: add one to posthorn.config.ts.',
    ),
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
