import type { Source } from '../providers/source.ts'
import { type Output, table } from './output.ts'

export interface SourcesOptions {
  sources: readonly Source[]
  publicUrl: string
  output: Output
}

/** Prints the configured sources: where providers must send, and which secrets are accepted, never what they are. */
export function sources({ sources, publicUrl, output }: SourcesOptions): void {
  const listed = sources.map((source) => ({
    id: source.id,
    name: source.name,
    provider: source.provider.name,
    // The token is a secret, too: who needs the whole URL has it in the environment.
    url: publicUrl + source.path + (source.pathToken === undefined ? '' : '/****'),
    secrets: source.secrets.map(({ slot }) => slot),
    mirror: source.mirror,
    taskQueue: source.taskQueue,
    ...(source.tenant !== undefined && { tenant: source.tenant }),
    ...(source.account !== undefined && { account: source.account }),
  }))
  output.show(listed, (rows) =>
    table(
      ['SOURCE', 'PROVIDER', 'URL', 'SECRETS', 'MIRROR', 'TASK QUEUE'],
      rows.map((row) => [
        row.id,
        row.provider,
        row.url,
        row.secrets.join('+'),
        row.mirror ? 'yes' : 'no',
        row.taskQueue,
      ]),
      'No sources are configured: add one to posthorn.config.ts.',
    ),
  )
}
