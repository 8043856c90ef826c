import { type ReplayStage, nextStage, replayQuota } from '../../domain/replay-ramp.ts'
import { recordAudit } from '../audit-log.ts'
import { type Executor, type Pool, transaction } from '../pool.ts'
import { type BulkReplayState, type ReplayFigures, type ReplayProgress, lockReplay } from './bulk-replay.ts'
import { queueItems, settleItems } from './replay-items.ts'
import { selectPage } from './select-page.ts'

export interface ReplayStep {
  state: BulkReplayState
  figures: ReplayFigures
  /** Nothing of it is left to wait for. */
  ended: boolean
  /** How many runs this step queued. */
  queued: number
  /** Whether anything changed: then the next step may do so, too. */
  moved: boolean
}

/** There is no such replay. */
export class UnknownReplayError extends Error {
  override readonly name = 'UnknownReplayError'
}

/**
 * Takes a replay of many one step on: selects a page, or counts what has ended, judges it, and queues what may follow. All of it is
 * one transaction over the replay's row, so a step that is repeated, or that two processes take at once, replays nothing twice.
 * @throws UnknownReplayError
 */
export async function advanceReplay(pool: Pool, id: string): Promise<ReplayStep> {
  return transaction(pool, async (tx) => {
    const progress = await lockReplay(tx, id)
    if (progress === undefined) throw new UnknownReplayError(`There is no replay ${id}.`)
    const { state, figures, endedAt } = progress.replay
    if (endedAt !== null) return { state, figures, ended: true, queued: 0, moved: false }
    if (state === 'selecting') {
      const page = await selectPage(tx, progress)
      const selected = figures.selected + page
      return { state, figures: { ...figures, selected }, ended: false, queued: 0, moved: true }
    }
    return judgeReplay(tx, progress)
  })
}

/** Counts what has ended, judges it, queues what may follow, and ends the replay when nothing is left to wait for. */
export async function judgeReplay(tx: Executor, { replay, ...progress }: ReplayProgress): Promise<ReplayStep> {
  const { id, actor } = replay
  const settled = await settleItems(tx, id)
  const closed = settled.processed + settled.ignored + settled.failed
  const figures = { ...replay.figures, inFlight: replay.figures.inFlight - closed }
  for (const kind of ['processed', 'ignored', 'failed'] as const) figures[kind] += settled[kind]
  const { current, allowance } = progress
  const stage = { ...current, closed: current.closed + closed, failed: current.failed + settled.failed }

  const resting = { state: replay.state, stage, allowance, queued: 0, skipped: 0 }
  const next = replay.state === 'running' ? await goOn(tx, { ...progress, replay, figures, stage }) : resting
  figures.skipped += next.skipped
  figures.inFlight += next.queued
  figures.waiting -= next.queued + next.skipped
  const isOver = figures.inFlight === 0 && (figures.waiting === 0 || next.state !== 'running')
  const state = isOver && next.state === 'running' ? 'done' : next.state
  await save(tx, { ...next, id, state, figures, ended: isOver })
  if (isOver) {
    await recordAudit(tx, { actor, action: 'replays.end', target: { replay: id }, detail: { state, ...figures } })
  }
  return { state, figures, ended: isOver, queued: next.queued, moved: closed + next.queued + next.skipped > 0 }
}

interface Next {
  state: BulkReplayState
  stage: ReplayStage
  allowance: number
  queued: number
  skipped: number
}

/** Queues what may follow, or stops. */
async function goOn(
  tx: Executor,
  { replay, figures, stage, ...load }: Omit<ReplayProgress, 'current'> & { figures: ReplayFigures; stage: ReplayStage },
): Promise<Next> {
  const { ramp } = replay
  const reached = nextStage(ramp, stage)
  if (reached === 'stop') return { state: 'stopped', stage, allowance: load.allowance, queued: 0, skipped: 0 }
  const { quota, allowance } = replayQuota(ramp, { ...load, ...reached, inFlight: figures.inFlight })
  const items = await queueItems(tx, { ...replay, figures }, quota)
  return { state: 'running', stage: reached, allowance: allowance - items.queued, ...items }
}

interface Saved {
  id: string
  state: BulkReplayState
  figures: ReplayFigures
  stage: ReplayStage
  allowance: number
  ended: boolean
}

async function save(tx: Executor, { id, state, figures, stage, allowance, ended }: Saved): Promise<void> {
  await tx.query({
    name: 'replay-advance',
    text: `
      update posthorn.replays set state = $2, skipped = $3, queued = selected - $3 - $4, processed = $5, ignored = $6, failed = $7,
        stage = $8, stage_closed = $9, stage_failed = $10, allowance = $11, advanced_at = clock_timestamp(),
        ended_at = case when $12 then clock_timestamp() end
      where id = $1`,
    values: [
      id,
      state,
      figures.skipped,
      figures.waiting,
      figures.processed,
      figures.ignored,
      figures.failed,
      stage.stage,
      stage.closed,
      stage.failed,
      allowance,
      ended,
    ],
  })
}
