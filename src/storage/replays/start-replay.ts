import { randomUUID } from 'node:crypto'
import type { ReplayRamp } from '../../domain/replay-ramp.ts'
import { recordAudit } from '../audit-log.ts'
import { type Pool, transaction } from '../pool.ts'
import type { ReplayFilter } from './replay-filter.ts'

export interface NewReplay {
  actor: string
  reason: string
  filter: ReplayFilter
  ramp: ReplayRamp
  firstAttempt?: number
}

/** Writes down what is to be replayed, who asks and why. Its workflow does the rest. Returns its ID. */
export async function recordReplay(pool: Pool, { firstAttempt = 1, ...replay }: NewReplay): Promise<string> {
  const { actor, reason, filter, ramp } = replay
  const id = randomUUID()
  await transaction(pool, async (tx) => {
    await tx.query(
      `insert into posthorn.replays (id, actor, reason, filter, canary, rate, stop_above, first_attempt)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, actor, reason, JSON.stringify(filter), ramp.canary, ramp.rate, ramp.stopAbove, firstAttempt],
    )
    await recordAudit(tx, {
      actor,
      action: 'replays.start',
      target: { replay: id, filter },
      reason,
      detail: { ...ramp, firstAttempt },
    })
  })
  return id
}
