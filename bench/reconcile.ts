import { measureReconcile } from './reconcile/measure-reconcile.ts'
import type { Report } from './run.ts'
import { withStack } from './with-servers.ts'

const LOAD = { events: 100_000, missingEvery: 100, isBuilt: true }

/** A list of 100,000 events, read by a worker that is killed in the middle, and by the one that takes it up. */
export async function reconcile(): Promise<Report> {
  const progress = (message: string): void => console.error(message)
  const result = await withStack((servers) => measureReconcile({ ...LOAD, servers, progress }), progress)
  return { result, table: { reconcile: result } }
}
