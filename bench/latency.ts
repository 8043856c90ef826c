import { measureLatency } from './latency/measure-latency.ts'
import type { Report } from './run.ts'
import { withStack } from './with-servers.ts'

const ROUNDS = { rounds: 3, roundMs: 20_000, warmUpMs: 5_000, perSecond: 10 }

/** How long an acknowledged event takes at ten events a second: until its workflow runs, and until its outcome is recorded. */
export async function latency(): Promise<Report> {
  const progress = (message: string): void => console.error(message)
  const result = await withStack((servers) => measureLatency({ ...ROUNDS, servers, progress }), progress)
  const { started, processed } = result
  return { result, table: { started, processed } }
}
