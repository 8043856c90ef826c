import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '@temporalio/worker'
import type { PolicyTable } from '../../kit/activity-policy.ts'
import type { LoadedConfig } from '../load-config.ts'
import { ConfigurationError } from '../settings/configuration-error.ts'
import { BUILT_WORKFLOWS } from './build-paths.ts'
import { userPaths } from './load-user-code.ts'

/** The code that Temporal's sandbox runs: what `posthorn build` made, or bundled now from the sources. */
export async function workflowBundle(
  loaded: LoadedConfig,
  policies: PolicyTable,
  logger: Logger,
): Promise<{ code: string } | { codePath: string }> {
  const codePath = findWorkflowBundle(loaded)
  if (codePath !== undefined) return { codePath }
  const { bundleWorkflows } = await import('../../temporal/bundle.ts')
  return bundleWorkflows({ workflows: userPaths(loaded).workflows, policies, logger })
}

/**
 * The path of the built bundle; undefined where there is nothing built, and the sources count.
 * @throws ConfigurationError when the build lacks it.
 */
export function findWorkflowBundle({ root, isBuilt }: LoadedConfig): string | undefined {
  if (!isBuilt) return undefined
  const path = join(root, BUILT_WORKFLOWS)
  if (existsSync(path)) return path
  throw new ConfigurationError('The build is not whole.', [`${path} does not exist. Run \`posthorn build\` again.`])
}
