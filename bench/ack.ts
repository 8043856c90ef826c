import { migrate } from '../src/storage/migrate.ts'
import { measureAck } from './ack/measure-ack.ts'
import type { Report } from './run.ts'
import { withPostgres } from './with-servers.ts'

const ROUNDS = { rounds: 3, roundMs: 4_000, warmUpMs: 2_000, connections: 64 }

/** What durability costs: the same receiver with nothing stored, with one INSERT for each request, and with shared commits. */
export async function ack(): Promise<Report> {
  const progress = (message: string): void => console.error(message)
  const result = await withPostgres(async (databaseUrl) => {
    await migrate(databaseUrl)
    return measureAck({ ...ROUNDS, databaseUrl, progress })
  }, progress)
  const { none, insert, group, rss } = result
  progress(`group: ${(group.rps / none.rps).toFixed(2)} of none, ${(group.rps / insert.rps).toFixed(2)} of insert`)
  return { result, table: { none, insert, group: { ...group, 'rss (MB)': rss } } }
}
