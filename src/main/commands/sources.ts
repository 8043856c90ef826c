import { sources } from '../../cli/sources.ts'
import { loadInstallation } from '../load-config.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn sources`: prints the configured sources. */
export async function runSources({ environment, output }: CommandContext): Promise<void> {
  const settings = readSettings(environment)
  const installation = await loadInstallation(settings, environment)
  sources({ sources: installation.sources, publicUrl: settings.receiver.publicUrl, output })
}
