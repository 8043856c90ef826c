import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DefaultLogger, type Logger, bundleWorkflowCode } from '@temporalio/worker'
import type { PolicyTable } from '../kit/activity-policy.ts'

export interface BundleOptions {
  /** Absolute path of the installation's `workflows/index`; undefined where it has none and only mirrors. */
  workflows: string | undefined
  /** What `activities/index` declares: the sandbox cannot import activity code, so its policies are written into the bundle. */
  policies: PolicyTable
  logger?: Logger
}

/** `.ts` in the checkout, `.js` where the engine is installed. */
const EXTENSION = import.meta.filename.slice(-3)
const engine = (path: string): string => join(import.meta.dirname, path + EXTENSION)

/** Bundles the installation's workflows, the engine's own and the outcome interceptor for Temporal's sandbox. */
export async function bundleWorkflows(options: BundleOptions): Promise<{ code: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'posthorn-bundle-'))
  try {
    const entry = join(folder, 'entry.js')
    await writeFile(entry, entrySource(options))
    return await bundleWorkflowCode({
      workflowsPath: entry,
      workflowInterceptorModules: [engine('outcome-interceptor'), engine('run-header-interceptor')],
      logger: options.logger ?? new DefaultLogger('WARN'),
      webpackConfigHook: (config) => ({
        ...config,
        resolve: {
          ...config.resolve,
          // One instance of the kit, whether user code stands in the checkout or in a project that depends on posthorn.
          alias: {
            ...(config.resolve?.alias as Record<string, string> | undefined),
            'posthorn/workflow$': engine('../kit/workflow'),
          },
          // The entry stands outside the project: packages are found from here.
          modules: [...(config.resolve?.modules ?? []), ...nodeModules()],
        },
      }),
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function entrySource({ workflows, policies }: BundleOptions): string {
  return [
    `import { setActivityPolicies } from ${JSON.stringify(engine('../kit/activity-proxies'))}`,
    `setActivityPolicies(${JSON.stringify(policies)})`,
    `export * from ${JSON.stringify(engine('workflows/index'))}`,
    ...(workflows === undefined ? [] : [`export * from ${JSON.stringify(workflows)}`]),
  ].join('\n')
}

function nodeModules(): string[] {
  const paths: string[] = []
  for (let folder = import.meta.dirname; folder !== join(folder, '..'); folder = join(folder, '..')) {
    paths.push(join(folder, 'node_modules'))
  }
  return paths
}
