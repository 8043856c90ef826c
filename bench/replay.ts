import { measureReplay } from './replay/measure-replay.ts'
import type { Report } from './run.ts'
import { withStack } from './with-servers.ts'

const LOAD = { deadLetters: 10_000, livePerSecond: 10, idleMs: 60_000, warmUpMs: 5_000, besideMs: 300_000 }
const MAX_RATIO = 1.5

/**
 * What a replay of 10,000 dead letters does to live events: from the answer to the start of the workflow, beside what it is when idle.
 * @throws Error when their p99 rises by more than it may.
 */
export async function replay(): Promise<Report> {
  const progress = (message: string): void => console.error(message)
  const result = await withStack((servers) => measureReplay({ ...LOAD, servers, progress }), progress)
  if (result.ratio > MAX_RATIO) throw new Error(`more than ${MAX_RATIO} times the p99: ${JSON.stringify(result)}`)
  return { result, table: { idle: result.live.idle, replay: result.live.replay } }
}
