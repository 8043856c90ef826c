import { readFile } from 'node:fs/promises'
import { CommandError } from '../../cli/exit-codes.ts'
import { checkRoutes, listRoutes, routes } from '../../cli/routes.ts'
import { loadUserCode } from '../installation/load-user-code.ts'
import { loadConfig } from '../load-config.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'

/** `posthorn routes`: prints the route table, or compares it with the reviewed one in `checkFile`. */
export async function runRoutes({ environment, output }: CommandContext, checkFile: string | undefined): Promise<void> {
  const loaded = await loadConfig(readSettings(environment))
  const table = (await loadUserCode(loaded)).routes
  const sources = Object.entries(loaded.config.sources).map(([id, { mirror }]) => ({ id, mirror: mirror ?? false }))
  const listed = listRoutes(table.routes, sources)
  if (checkFile === undefined) return routes(listed, output)
  checkRoutes(listed, await readReviewed(checkFile), checkFile)
}

const readReviewed = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: unknown) => {
    throw new CommandError('failed', `${file} cannot be read. Make it by \`posthorn routes > ${file}\`.`, error)
  })
