import type { Report } from './run.ts'
import { measureStart } from './start/measure-start.ts'
import { withPostgres } from './with-servers.ts'

const STARTS = { starts: 5, idleMs: 5_000 }

/** How long the receiver takes from its start until it takes webhooks, as it is shipped, and what it holds in memory while it has nothing to do. */
export async function start(): Promise<Report> {
  const progress = (message: string): void => console.error(message)
  const result = await withPostgres((databaseUrl) => measureStart({ ...STARTS, databaseUrl, progress }), progress)
  return { result, table: result }
}
