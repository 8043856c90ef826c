import { measureReconcile } from './reconcile/measure-reconcile.ts'
import type { Report } from './run.ts'
import { withStack } from './with-servers.ts'

const LOAD = { events: 100_000, missingEvery: 100, isBuilt: true }
const MAX_RSS_MB = 300

/**
 * A list of 100,000 events, read by a worker that is killed in the middle, and by the one that takes it up.
 * @throws Error when one of them held more memory than it may, or did not recover exactly what was missing.
 */
export async function reconcile(): Promise<Report> {
  const progress = (message: string): void => console.error(message)
  const result = await withStack((servers) => measureReconcile({ ...LOAD, servers, progress }), progress)
  if (result.rss_peak > MAX_RSS_MB) throw new Error(`more than ${MAX_RSS_MB} MB: ${JSON.stringify(result)}`)
  return { result, table: { reconcile: result } }
}
