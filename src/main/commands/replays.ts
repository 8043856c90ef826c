import { setTimeout as delay } from 'node:timers/promises'
import { CommandError, EXIT_CODES, type ExitCode } from '../../cli/exit-codes.ts'
import { type DryRun, previewLines } from '../../cli/replays/preview-lines.ts'
import {
  type ReplayReport,
  percent,
  progressLine,
  replayLines,
  replayTable,
  stateOf,
} from '../../cli/replays/replay-lines.ts'
import type { ReplayRamp } from '../../domain/replay-ramp.ts'
import type { Executor, Pool } from '../../storage/pool.ts'
import { type BulkReplay, listReplays, readReplay } from '../../storage/replays/bulk-replay.ts'
import { cancelReplay } from '../../storage/replays/cancel-replay.ts'
import { previewReplay } from '../../storage/replays/preview-replay.ts'
import type { ReplayFilter } from '../../storage/replays/replay-filter.ts'
import { countSkipped } from '../../storage/replays/skipped-items.ts'
import { recordReplay } from '../../storage/replays/start-replay.ts'
import { operatorName } from '../process/operator.ts'
import { withPool } from '../process/postgres.ts'
import { readSettings } from '../settings.ts'
import type { CommandContext } from './context.ts'
import { mirrorPreviews } from './mirror-previews.ts'
import { stepsOnTerminal } from './steps-on-terminal.ts'
import { untilSettled } from './until-settled.ts'

export interface ReplaysStart {
  filter: ReplayFilter
  ramp: ReplayRamp
  firstAttempt?: number
  reason: string
}

/** `posthorn replays start`: records a replay of many, which workers take on. After a restore, it waits for what must be known. */
export async function startReplays({ environment, output }: CommandContext, start: ReplaysStart): Promise<void> {
  const settings = readSettings(environment)
  const { filter, ramp, firstAttempt } = start
  const actor = operatorName(settings)
  const id = await withPool(settings, async (pool) => {
    if (firstAttempt !== undefined) await untilSettled(environment, pool, filter.source)
    return recordReplay(pool, { actor, ...start })
  })
  output.show({ replay: id, filter, ...ramp }, () => [
    `Replay ${id} is recorded, and a worker takes it on: ${ramp.canary} runs first, then at most ${ramp.rate} a second.`,
    `It stops by itself when more than ${percent(ramp.stopAbove)} of them fail.`,
    `Follow it: posthorn replays watch ${id}`,
  ])
}

const SAMPLE_RUNS = 100

/** `posthorn replays start --dry-run`: prints what would run, and what the mirror would become. */
export async function previewReplays({ environment, output }: CommandContext, filter: ReplayFilter): Promise<void> {
  await withPool(readSettings(environment), async (pool) => {
    const preview = await previewReplay(pool, filter, SAMPLE_RUNS)
    const mirror = await mirrorPreviews(environment, pool, preview.sample)
    const runs = preview.groups.reduce((sum, group) => sum + group.runs, 0)
    output.show<DryRun>({ runs, ...preview, mirror }, previewLines)
  })
}

/** `posthorn replays list`: prints the latest replays of many. */
export async function listAllReplays({ environment, output }: CommandContext, limit: number): Promise<void> {
  await withPool(readSettings(environment), async (pool) => output.show(await listReplays(pool, limit), replayTable))
}

/** `posthorn replays show`: prints one of them. */
export async function showReplay({ environment, output }: CommandContext, id: string): Promise<void> {
  await withPool(readSettings(environment), async (pool) => show(output, await report(pool, id)))
}

const WATCH_EVERY_MS = 500

/**
 * `posthorn replays watch`: shows how far it is until it has ended. Fails when it did not get to its end by itself, and when events are
 * left that only had a run open.
 */
export async function watchReplay({ environment, output }: CommandContext, id: string): Promise<ExitCode> {
  const steps = stepsOnTerminal(environment)
  return withPool(readSettings(environment), async (pool) => {
    await steps.run({ name: 'replay', work: (say) => untilEnded(pool, id, say), result: stateOf })
    const ended = await report(pool, id)
    show(output, ended)
    return ended.state === 'done' && ended.skippedFor.run_open === undefined ? EXIT_CODES.ok : EXIT_CODES.failed
  })
}

async function untilEnded(pool: Pool, id: string, say: (news: string) => void): Promise<BulkReplay> {
  for (;;) {
    const replay = await find(pool, id)
    if (replay.endedAt !== null) return replay
    say(progressLine(replay, new Date()))
    await delay(WATCH_EVERY_MS)
  }
}

/** `posthorn replays cancel`: nothing more of it is queued from now on. */
export async function cancelReplays(
  { environment, output }: CommandContext,
  { id, reason }: { id: string; reason: string },
): Promise<void> {
  const settings = readSettings(environment)
  const actor = operatorName(settings)
  await withPool(settings, async (pool) => {
    await find(pool, id)
    const state = await cancelReplay(pool, id, { actor, reason })
    if (state !== 'cancelled') throw new CommandError('failed', `Replay ${id} has ended before: ${state}.`)
    show(output, await report(pool, id))
  })
}

const show = (output: CommandContext['output'], replay: ReplayReport): void =>
  output.show(replay, (shown) => replayLines(shown, new Date()))

async function report(executor: Executor, id: string): Promise<ReplayReport> {
  const replay = await find(executor, id)
  return { ...replay, skippedFor: replay.figures.skipped === 0 ? {} : await countSkipped(executor, id) }
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** @throws CommandError when there is no such replay. */
async function find(executor: Executor, id: string): Promise<BulkReplay> {
  const replay = ID.test(id) ? await readReplay(executor, id) : undefined
  if (replay === undefined) throw new CommandError('failed', `There is no replay ${id}.`)
  return replay
}
