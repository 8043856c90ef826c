import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Route, type RouteTable, createRouteTable, toRouteTable } from '../../dispatcher/route-table.ts'
import { type UserActivities, readActivities } from '../../temporal/user-activities.ts'
import { ConfigurationError } from '../settings/configuration-error.ts'
import type { LoadedConfig } from '../load-config.ts'
import { BUILT_ACTIVITIES, BUILT_MIGRATIONS, BUILT_ROUTES } from './build-paths.ts'
import { importUserModule } from './import-user-module.ts'

/** Where the code of an installation stands. Undefined: it has none, and only mirrors. */
export interface UserPaths {
  workflows: string | undefined
  activities: string | undefined
  /** A folder. */
  migrations: string | undefined
}

/** @throws ConfigurationError when a path that the configuration names is not there. */
export function userPaths({ root, config }: Pick<LoadedConfig, 'root' | 'config'>): UserPaths {
  const find = (setting: 'workflows' | 'activities' | 'migrations', usual: string): string | undefined => {
    const path = resolve(root, config[setting] ?? usual)
    if (existsSync(path)) return path
    if (config[setting] === undefined) return undefined
    throw new ConfigurationError('The configuration is not right.', [`${setting}: ${path} does not exist.`])
  }
  return {
    workflows: find('workflows', 'workflows/index.ts'),
    activities: find('activities', 'activities/index.ts'),
    migrations: find('migrations', 'migrations'),
  }
}

/** The folder with the installation's own migrations; undefined where it has none. */
export function migrationsFolder(loaded: LoadedConfig): string | undefined {
  if (!loaded.isBuilt) return userPaths(loaded).migrations
  const built = join(loaded.root, BUILT_MIGRATIONS)
  return existsSync(built) ? built : undefined
}

export interface UserCode {
  routes: RouteTable
  activities: UserActivities
}

/**
 * Loads what the installation adds to the engine: from its sources, or what `posthorn build` made of them.
 * @throws Error naming every clash of routes, exports that are no activities, or routes to activities that do not exist.
 */
export async function loadUserCode(loaded: LoadedConfig): Promise<UserCode> {
  const [routes, activities] = await Promise.all([loadRoutes(loaded), loadActivities(loaded)])
  const lost = routes.routes.filter(({ kind, handler }) => kind === 'activity' && !(handler in activities.policies))
  if (lost.length === 0) return { routes, activities }
  const names = lost.map(({ pattern, handler }) => `${handler} for ${pattern}`).join(', ')
  throw new Error(`workflows/index names activities that activities/index does not export: ${names}.`)
}

async function loadRoutes(loaded: LoadedConfig): Promise<RouteTable> {
  if (!loaded.isBuilt) return createRouteTable(await importExports(userPaths(loaded).workflows))
  return toRouteTable(JSON.parse(await readFile(join(loaded.root, BUILT_ROUTES), 'utf8')) as Route[])
}

async function loadActivities(loaded: LoadedConfig): Promise<UserActivities> {
  const path = loaded.isBuilt ? join(loaded.root, BUILT_ACTIVITIES) : userPaths(loaded).activities
  return readActivities(await importExports(path))
}

async function importExports(path: string | undefined): Promise<Record<string, unknown>> {
  return path === undefined ? {} : importUserModule(pathToFileURL(path))
}
