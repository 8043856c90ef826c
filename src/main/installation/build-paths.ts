import { join } from 'node:path'

/** What `posthorn build` makes, relative to the installation, and all that production loads of it. */
export const BUILD = join('.posthorn', 'build')

export const BUILT_CONFIG = join(BUILD, 'config.mjs')
export const BUILT_ACTIVITIES = join(BUILD, 'activities.mjs')
/** The bundle for Temporal's sandbox, with the engine's own workflows. */
export const BUILT_WORKFLOWS = join(BUILD, 'workflows.js')
export const BUILT_ROUTES = join(BUILD, 'routes.json')
export const BUILT_MIGRATIONS = join(BUILD, 'migrations')
