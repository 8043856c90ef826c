import { readFile } from 'node:fs/promises'
import { CommandError } from '../../cli/exit-codes.ts'
import { type ListedRoute, checkRoutes, listRoutes, routes, withPauses } from '../../cli/routes.ts'
import { countHeldRuns } from '../../storage/held-runs.ts'
import { readRoutePauses } from '../../storage/route-pauses.ts'
import { loadUserCode } from '../installation/load-user-code.ts'
import { loadConfig } from '../load-config.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { Settings } from '../settings/settings-table.ts'
import type { CommandContext } from './context.ts'

/** `posthorn routes`: prints the route table, or compares it with the reviewed one in `checkFile`. */
export async function runRoutes({ environment, output }: CommandContext, checkFile: string | undefined): Promise<void> {
  const settings = readSettings(environment)
  const loaded = await loadConfig(settings)
  const table = (await loadUserCode(loaded)).routes
  const sources = Object.entries(loaded.config.sources).map(([id, { mirror }]) => ({ id, mirror: mirror ?? false }))
  const listed = listRoutes(table.routes, sources)
  if (checkFile === undefined) return routes(await withStoredPauses(listed, settings), output)
  checkRoutes(listed, await readReviewed(checkFile), checkFile)
}

/** Without a database the table is what the code says, and there is nothing to pause. */
async function withStoredPauses(listed: ListedRoute[], settings: Settings): Promise<ListedRoute[]> {
  if (settings.postgres.url === undefined) return listed
  return withPool(settings, async (pool) => withPauses(listed, await readRoutePauses(pool), await countHeldRuns(pool)))
}

const readReviewed = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError('failed', `${file} cannot be read. Make it by \`posthorn routes > ${file}\`.`, error)
  })
