import type { ReplayRamp, ReplayStage } from '../../domain/replay-ramp.ts'
import type { Executor } from '../pool.ts'
import type { ReplayFilter, SelectionBounds } from './replay-filter.ts'

export type BulkReplayState = 'selecting' | 'running' | 'done' | 'stopped' | 'cancelled'

/** A replay of many events, as its row says. */
export interface BulkReplay {
  id: string
  actor: string
  reason: string
  filter: ReplayFilter
  ramp: ReplayRamp
  /** The runs carry this number, or a higher one where an event has had as many. */
  firstAttempt: number
  state: BulkReplayState
  figures: ReplayFigures
  /** 0 is the canary. */
  stage: number
  createdAt: Date
  advancedAt: Date
  /** No run of it is queued or open any more. */
  endedAt: Date | null
}

/** Runs, by what became of them. */
export interface ReplayFigures {
  selected: number
  waiting: number
  /** Refused under the compare-and-set: something had happened to the event since it was selected. */
  skipped: number
  inFlight: number
  processed: number
  ignored: number
  /** Dead again, parked again or unrouted again. */
  failed: number
}

interface ReplayRow {
  id: string
  created_at: Date
  actor: string
  reason: string
  filter: ReplayFilter
  canary: number
  rate: number
  stop_above: number
  first_attempt: number
  state: BulkReplayState
  selected: number
  skipped: number
  queued: number
  processed: number
  ignored: number
  failed: number
  stage: number
  stage_closed: number
  stage_failed: number
  allowance: number
  advanced_at: Date
  ended_at: Date | null
  bounds: { as_of: string; received_at: string; key: string }
  elapsed: number
  beside_live: boolean
}

/** What only the replay's own progress needs. */
export interface ReplayProgress {
  replay: BulkReplay
  current: ReplayStage
  bounds: SelectionBounds
  allowance: number
  /** Since it was last advanced. */
  elapsedSeconds: number
  /** Events have come in within the last minute. */
  besideLive: boolean
}

const COLUMNS = `r.*, json_build_object('as_of', created_at::text, 'received_at', cursor_at::text, 'key', cursor_key) as bounds,
  extract(epoch from clock_timestamp() - advanced_at)::float8 as elapsed,
  exists (select from posthorn.events where received_at > now() - interval '1 minute') as beside_live`

/** Takes the replay's row: whoever advances, cancels or ends it does so alone. */
export async function lockReplay(tx: Executor, id: string): Promise<ReplayProgress | undefined> {
  const { rows } = await tx.query<ReplayRow>(`select ${COLUMNS} from posthorn.replays r where id = $1 for update`, [id])
  const [row] = rows
  return row && toProgress(row)
}

/** The replay, or undefined where there is none of this ID. */
export async function readReplay(executor: Executor, id: string): Promise<BulkReplay | undefined> {
  const { rows } = await executor.query<ReplayRow>(`select ${COLUMNS} from posthorn.replays r where id = $1`, [id])
  return rows[0] && toReplay(rows[0])
}

/** The latest replays of many, newest first. */
export async function listReplays(executor: Executor, limit: number): Promise<BulkReplay[]> {
  const { rows } = await executor.query<ReplayRow>(
    `select ${COLUMNS} from posthorn.replays r order by created_at desc limit $1`,
    [limit],
  )
  return rows.map(toReplay)
}

export type OpenReplay = Pick<BulkReplay, 'id' | 'actor' | 'reason'>

/** Replays that have not ended, the oldest first. */
export async function openReplays(executor: Executor): Promise<OpenReplay[]> {
  const { rows } = await executor.query<OpenReplay>(
    'select id, actor, reason from posthorn.replays where ended_at is null order by created_at',
  )
  return rows
}

const toProgress = (row: ReplayRow): ReplayProgress => ({
  replay: toReplay(row),
  current: { stage: row.stage, closed: row.stage_closed, failed: row.stage_failed },
  bounds: { asOf: row.bounds.as_of, after: { receivedAt: row.bounds.received_at, key: row.bounds.key } },
  allowance: row.allowance,
  elapsedSeconds: Math.max(0, row.elapsed),
  besideLive: row.beside_live,
})

const toReplay = (row: ReplayRow): BulkReplay => ({
  id: row.id,
  actor: row.actor,
  reason: row.reason,
  filter: row.filter,
  // `real` comes with the digits that single precision has.
  ramp: { canary: row.canary, rate: row.rate, stopAbove: row.stop_above },
  firstAttempt: row.first_attempt,
  state: row.state,
  figures: {
    selected: row.selected,
    waiting: row.selected - row.skipped - row.queued,
    skipped: row.skipped,
    inFlight: row.queued - row.processed - row.ignored - row.failed,
    processed: row.processed,
    ignored: row.ignored,
    failed: row.failed,
  },
  stage: row.stage,
  createdAt: row.created_at,
  advancedAt: row.advanced_at,
  endedAt: row.ended_at,
})
