import { sources } from '../../cli/sources.ts'
import { readBreakers } from '../../storage/breakers.ts'
import { shippedProviders } from '../installation/shipped-providers.ts'
import { assertNone, examineInstallation } from '../load-config.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'
import { checkProviderPages, writeProviderPages } from './provider-pages.ts'

export interface SourcesFlags {
  /** Write a page about every provider into this folder in place of printing. */
  pages?: string
  /** Compare such pages with this folder in place of printing. */
  check?: string
}

/**
 * `posthorn sources`: prints the configured sources and all providers; with a database also whether the sources' APIs answer.
 * @throws ConfigurationError behind what could be shown, for what is wrong with the configuration.
 */
export async function runSources(context: CommandContext, { pages, check }: SourcesFlags): Promise<void> {
  if (pages !== undefined) return writeProviderPages(context, pages)
  if (check !== undefined) return checkProviderPages(check)
  const { environment, output } = context
  const settings = readSettings(environment)
  const { problems, ...installation } = await examineInstallation(settings, environment)
  const breakers = settings.postgres.url === undefined ? undefined : await withPool(settings, readBreakers)
  sources({
    sources: installation.sources,
    providers: await shippedProviders(),
    publicUrl: settings.receiver.publicUrl,
    breakers,
    output,
  })
  assertNone(problems)
}
