import { setTimeout as delay } from 'node:timers/promises'
import { DEFAULT_RAMP } from '../../src/domain/replay-ramp.ts'
import type { Progress } from '../../src/stack/progress.ts'
import { type Pool, createPool } from '../../src/storage/pool.ts'
import { type BulkReplay, readReplay } from '../../src/storage/replays/bulk-replay.ts'
import { recordReplay } from '../../src/storage/replays/start-replay.ts'
import { readTimes } from '../latency/read-times.ts'
import { type SendOptions, sendSteadily } from '../latency/send-steadily.ts'
import { startPosthorn } from '../latency/start-posthorn.ts'
import { type Percentiles, percentiles, rounded } from '../statistics.ts'
import type { Servers } from '../with-servers.ts'
import { buryCalls } from './bury-calls.ts'

export interface ReplayLoad {
  servers: Servers
  deadLetters: number
  livePerSecond: number
  /** Before the replay, and again after it. */
  idleMs: number
  warmUpMs: number
  /** How long live events come in beside the replay; the rest of it is alone, and goes at its full rate. */
  besideMs: number
  progress: Progress
}

export interface ReplayMeasure {
  dead_letters: number
  processed: number
  failed: number
  replay_s: number
  /** From the answer to an event until a worker took up its workflow, in ms. */
  live: { idle: Percentiles; replay: Percentiles }
  /** Of the two p99. */
  ratio: number
}

const ROUND_MS = 10_000

/**
 * Live events at a steady rate: alone, beside the first minutes of a replay of many with its canary and its ramp, and alone again when
 * that is over.
 * @throws Error when the replay does not get to its end.
 */
export async function measureReplay(load: ReplayLoad): Promise<ReplayMeasure> {
  const { servers, livePerSecond: perSecond, idleMs } = load
  const posthorn = await startPosthorn(servers)
  const pool = createPool({ url: servers.databaseUrl, max: 2, name: 'posthorn-bench', onError: () => undefined })
  const live: Omit<SendOptions, 'forMs'> = { ...posthorn, perSecond }
  const startedAfter = async (answers: ReadonlyMap<string, number>) => (await readTimes(pool, servers, answers)).started
  try {
    await buryCalls(pool, load.deadLetters)
    await sendSteadily({ ...live, forMs: load.warmUpMs })
    const before = await startedAfter(await sendSteadily({ ...live, forMs: idleMs }))
    const startedAt = performance.now()
    const { ended, answers } = await sendBeside(live, await beginReplay(pool), load)
    const replaySeconds = (performance.now() - startedAt) / 1_000
    const during = await startedAfter(answers)
    const after = await startedAfter(await sendSteadily({ ...live, forMs: idleMs }))
    const [idle, replay] = [percentiles([...before, ...after]), percentiles(during)]
    return {
      dead_letters: load.deadLetters,
      processed: ended.figures.processed,
      failed: ended.figures.failed,
      replay_s: rounded(replaySeconds, 1),
      live: { idle, replay },
      ratio: rounded(replay.p99 / idle.p99),
    }
  } finally {
    await pool.end()
    await posthorn.stop()
  }
}

/** Records the replay as the command does, and says how to look at it. */
async function beginReplay(pool: Pool): Promise<() => Promise<BulkReplay>> {
  const id = await recordReplay(pool, {
    actor: 'bench',
    reason: 'bench',
    filter: { state: 'dead' },
    ramp: DEFAULT_RAMP,
  })
  return async () => {
    const replay = await readReplay(pool, id)
    if (replay === undefined) throw new Error('the replay is gone')
    return replay
  }
}

/** Live events for a while, and then none until the replay has ended. */
async function sendBeside(
  live: Omit<SendOptions, 'forMs'>,
  look: () => Promise<BulkReplay>,
  { besideMs, progress }: Pick<ReplayLoad, 'besideMs' | 'progress'>,
): Promise<{ ended: BulkReplay; answers: Map<string, number> }> {
  const answers = new Map<string, number>()
  const aloneFrom = performance.now() + besideMs
  for (;;) {
    const isAlone = performance.now() >= aloneFrom
    const round = isAlone ? await delay(ROUND_MS, []) : await sendSteadily({ ...live, forMs: ROUND_MS })
    const replay = await look()
    const { processed, selected, inFlight } = replay.figures
    progress(`${processed} of ${selected} replayed, ${inFlight} in flight`)
    for (const [eventId, at] of round) answers.set(eventId, at)
    if (replay.endedAt === null) continue
    if (replay.state !== 'done') throw new Error(`the replay ended as ${replay.state}`)
    await delay(1_000)
    return { ended: replay, answers }
  }
}
