import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { LoadedConfig } from '../load-config.ts'
import { BUILT_ACTIVITIES, BUILT_ROUTES, BUILT_WORKFLOWS } from './build-paths.ts'
import { userPaths } from './load-user-code.ts'

/**
 * Differs when the installation's own workflows or activities do: a route that its code broke gets another chance with other
 * code. Packages that they import are not looked into.
 */
export async function codeFingerprint(loaded: LoadedConfig): Promise<string> {
  const parts = loaded.isBuilt ? await builtFiles(loaded.root) : await sourceText(loaded)
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 16)
}

const builtFiles = (root: string): Promise<Buffer[]> =>
  Promise.all([BUILT_WORKFLOWS, BUILT_ACTIVITIES, BUILT_ROUTES].map((path) => readFile(join(root, path))))

/** The text of all modules of the installation that the entries reach. */
async function sourceText(loaded: LoadedConfig): Promise<Uint8Array[]> {
  const { workflows, activities } = userPaths(loaded)
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [workflows, activities].filter((path) => path !== undefined),
    absWorkingDir: loaded.root,
    outdir: loaded.root,
    write: false,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    external: ['posthorn', 'posthorn/*'],
    logLevel: 'silent',
  })
  return outputFiles.map(({ contents }) => contents)
}
