import { resolve } from 'node:path'
import { buildLines } from '../../cli/build.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { buildInstallation } from '../installation/build-installation.ts'
import { BUILD } from '../installation/build-paths.ts'
import { loadSourceConfig } from '../load-config.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn build`: makes what production loads. */
export async function runBuild({ environment, output }: CommandContext): Promise<void> {
  const settings = readSettings(environment)
  const { routes, activities } = await buildInstallation({
    loaded: await loadSourceConfig(settings),
    configFile: resolve(settings.process.configFile),
    logger: createLogger({ level: 'warn', name: 'build' }),
  })
  output.show(
    {
      directory: BUILD,
      routes: { count: routes.routes.length, hash: routes.hash },
      activities: Object.keys(activities.policies).length,
    },
    buildLines,
  )
}
