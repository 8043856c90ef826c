import { join } from 'node:path'
import { type BuildOptions, type Metafile, build } from 'esbuild'

export const ROOT = join(import.meta.dirname, '../..')

/** What an entry of the program imports, directly and not, as a bundler sees it; packages are named and not looked into. */
export async function moduleGraph(entry: string, options: BuildOptions = {}): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'silent',
    ...options,
  })
  return metafile as Metafile
}
