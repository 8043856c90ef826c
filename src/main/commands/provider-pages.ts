import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CommandError } from '../../cli/exit-codes.ts'
import { providerPages } from '../../cli/providers/provider-pages.ts'
import { loadSamples } from '../../simulator/samples.ts'
import { shippedProviders } from '../installation/shipped-providers.ts'
import type { CommandContext } from './context.ts'

async function shippedPages(): Promise<ReadonlyMap<string, string>> {
  const providers = await shippedProviders()
  const subjects = providers.map(async (provider) => ({
    provider,
    sampleType: (await loadSamples(provider))?.types[0],
  }))
  return providerPages(await Promise.all(subjects))
}

/** Writes a page about every shipped provider into a folder. */
export async function writeProviderPages({ output }: CommandContext, folder: string): Promise<void> {
  const pages = await shippedPages()
  await mkdir(folder, { recursive: true })
  for (const [name, text] of pages) await writeFile(join(folder, name), text)
  output.show([...pages.keys()], (names) => [`${names.length} pages stand in ${folder}.`])
}

/**
 * Compares such pages with those of a folder.
 * @throws CommandError that names those that differ.
 */
export async function checkProviderPages(folder: string): Promise<void> {
  const pages = await shippedPages()
  const there = await readdir(folder).catch((): string[] => [])
  const names = [...new Set([...pages.keys(), ...there])].sort()
  const differing: string[] = []
  for (const name of names) {
    const text = there.includes(name) ? await readFile(join(folder, name), 'utf8') : undefined
    if (text !== pages.get(name)) differing.push(name)
  }
  if (differing.length === 0) return
  const mend = `Run \`posthorn sources --pages ${folder}\`, and delete what is about no provider.`
  throw new CommandError('failed', `${folder} is not what the providers make: ${differing.join(', ')}. ${mend}`)
}
