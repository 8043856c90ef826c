import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { Pool } from '../storage/pool.ts'
import { type ReplayStep, UnknownReplayError, advanceReplay } from '../storage/replays/advance-replay.ts'
import type { BulkReplayState, ReplayFigures } from '../storage/replays/bulk-replay.ts'
import { cancelReplay } from '../storage/replays/cancel-replay.ts'
import { createWakeUp } from '../storage/wake-up.ts'
import type { Logger } from '../telemetry/logger.ts'

/** How a replay of many came to its end. */
export interface ReplayEnd {
  state: BulkReplayState
  figures: ReplayFigures
}

/** Their names are in recorded histories: they stay. */
export interface ReplayActivities {
  /** Takes the replay on for a while; undefined while it has not ended. */
  posthornAdvanceReplay(id: string): Promise<ReplayEnd | undefined>
  posthornCancelReplay(id: string): Promise<void>
}

/** Long enough to cost Temporal nothing, short enough for a worker that is asked to stop. */
const TURN_MS = 10_000
const STEP_EVERY_MS = 200
/** Where nothing moves, steps become rarer. */
const MAX_STEP_EVERY_MS = 1_000

export function createReplayActivities({ pool, logger }: { pool: Pool; logger: Logger }): ReplayActivities {
  const wake = createWakeUp(pool)
  async function step(id: string): Promise<ReplayStep> {
    const taken = await advanceReplay(pool, id).catch((error: unknown) => {
      if (!(error instanceof UnknownReplayError)) throw error
      throw ApplicationFailure.nonRetryable(error.message, 'unknown_replay')
    })
    if (taken.queued > 0) wake()
    return taken
  }
  return {
    async posthornAdvanceReplay(id) {
      const activity = Context.current()
      const endsAt = performance.now() + TURN_MS
      let pauseMs = STEP_EVERY_MS
      while (performance.now() < endsAt) {
        const { state, figures, ended, moved } = await step(id)
        if (ended) {
          logger.info({ replay: id, state, ...figures }, 'replay.ended')
          return { state, figures }
        }
        activity.heartbeat()
        if (state === 'selecting') continue
        await activity.sleep(pauseMs)
        pauseMs = moved ? STEP_EVERY_MS : Math.min(2 * pauseMs, MAX_STEP_EVERY_MS)
      }
      return undefined
    },
    async posthornCancelReplay(id) {
      await cancelReplay(pool, id, { actor: 'temporal', reason: 'The workflow was cancelled.' })
    },
  }
}
