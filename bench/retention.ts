import { migrate } from '../src/storage/migrate.ts'
import { measureRetention } from './retention/measure-retention.ts'
import type { BenchOptions, Report } from './run.ts'
import { withPostgres } from './with-servers.ts'

const LOAD = { perSecond: 500, connections: 32, quietMs: 15_000, lingerMs: 5_000, maxMs: 120_000 }
const BODIES = 5_000_000
const MAX_ACK_MS = 250

/**
 * How slow an answer gets while retention drops a day of bodies and deletes old events.
 * @throws Error when one took longer than it may, or retention longer than the load.
 */
export async function retention({ bodies = String(BODIES) }: BenchOptions): Promise<Report> {
  const progress = (message: string): void => console.error(message)
  const result = await withPostgres(async (databaseUrl) => {
    await migrate(databaseUrl)
    return measureRetention({ ...LOAD, bodies: Number(bodies), databaseUrl, progress })
  }, progress)
  if (result.during.max > MAX_ACK_MS)
    throw new Error(`an ack took more than ${MAX_ACK_MS} ms: ${JSON.stringify(result)}`)
  return { result, table: { quiet: result.quiet, during: result.during } }
}
