import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { build } from 'esbuild'
import type { Logger } from '../../telemetry/logger.ts'
import { bundleWorkflows } from '../../temporal/bundle.ts'
import { toTemporalLogger } from '../../temporal/runtime.ts'
import type { LoadedConfig } from '../load-config.ts'
import {
  BUILD,
  BUILT_ACTIVITIES,
  BUILT_CONFIG,
  BUILT_MIGRATIONS,
  BUILT_ROUTES,
  BUILT_WORKFLOWS,
} from './build-paths.ts'
import { type UserCode, loadUserCode, userPaths } from './load-user-code.ts'

export interface BuildOptions {
  loaded: LoadedConfig
  configFile: string
  logger: Logger
}

/**
 * Makes what production loads, so that it needs neither a TypeScript loader nor the sources. It appears whole or not at all.
 * Returns what went into it.
 */
export async function buildInstallation({ loaded, configFile, logger }: BuildOptions): Promise<UserCode> {
  const code = await loadUserCode(loaded)
  const { workflows, activities, migrations } = userPaths(loaded)
  const target = join(loaded.root, BUILD)
  const staging = `${target}.new`
  const place = (path: string): string => join(staging, path.slice(BUILD.length))

  await rm(staging, { recursive: true, force: true })
  await mkdir(staging, { recursive: true })
  const bundle = await bundleWorkflows({
    workflows,
    policies: code.activities.policies,
    logger: toTemporalLogger(logger),
  })
  await Promise.all([
    compile(configFile, place(BUILT_CONFIG)),
    activities === undefined ? writeFile(place(BUILT_ACTIVITIES), '') : compile(activities, place(BUILT_ACTIVITIES)),
    writeFile(place(BUILT_ROUTES), `${JSON.stringify(code.routes.routes, undefined, 2)}\n`),
    writeFile(place(BUILT_WORKFLOWS), bundle.code),
    migrations === undefined ? undefined : cp(migrations, place(BUILT_MIGRATIONS), { recursive: true }),
  ])
  await rm(target, { recursive: true, force: true })
  await rename(staging, target)
  return code
}

/** One file of the installation's own modules; what comes from packages stays an import. */
async function compile(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    absWorkingDir: dirname(entry),
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    packages: 'external',
    // Said apart from `packages`: in the checkout of Posthorn itself its tsconfig leads these to the sources.
    external: ['posthorn', 'posthorn/*'],
    logLevel: 'silent',
  })
}
