import { sources } from '../../cli/sources.ts'
import { readBreakers } from '../../storage/breakers.ts'
import { loadInstallation } from '../load-config.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn sources`: prints the configured sources; with a database also whether their APIs answer. */
export async function runSources({ environment, output }: CommandContext): Promise<void> {
  const settings = readSettings(environment)
  const installation = await loadInstallation(settings, environment)
  const breakers = settings.postgres.url === undefined ? undefined : await withPool(settings, readBreakers)
  sources({ sources: installation.sources, publicUrl: settings.receiver.publicUrl, breakers, output })
}
