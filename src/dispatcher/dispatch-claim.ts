import type { Client } from '@temporalio/client'
import { type Misfit, findSchemaMisfit, findVersionMisfit } from '../providers/find-misfit.ts'
import { schemaOf } from '../providers/schema-of.ts'
import type { Source } from '../providers/source.ts'
import { LANE_RETRY_MS } from '../storage/lanes.ts'
import { markParked } from '../storage/park.ts'
import { type Claim, leasedRow, markUnrouted, postponeClaim, releaseClaim } from '../storage/queue.ts'
import type { StartedRun } from '../storage/queue.ts'
import type { Pool } from '../storage/pool.ts'
import { type ClosedRun, closedAttempts } from '../storage/runs.ts'
import { findBody } from '../storage/stored-event.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { enterLanes } from './enter-lanes.ts'
import type { Halt } from './halt.ts'
import { holdPaused } from './hold-paused.ts'
import type { Pace } from './pace.ts'
import { planRuns } from './plan-runs.ts'
import type { RouteGates } from './route-gates.ts'
import { MIRROR_HANDLER, type RouteTable } from './route-table.ts'
import { type RunStart, type StartResult, startRun } from './start-run.ts'
import { wakeWaiters } from './wake-runs.ts'

export interface DispatchContext {
  pool: Pool
  client: Client
  sources: ReadonlyMap<string, Source>
  routes: RouteTable
  routeGates: RouteGates
  withSearchAttributes: boolean
  recordStart: (runs: StartedRun[]) => Promise<void>
  closeRun: (run: ClosedRun) => Promise<boolean>
  halt: Halt
  pace: Pace
  /** There may be work. */
  wake: () => void
  metrics: Metrics
  logger: Logger
}

/** Takes one claimed row as far as it goes. Throws only when Postgres fails; the lease then gives the row back. */
export async function dispatchClaim(context: DispatchContext, claim: Claim): Promise<void> {
  const plan = planRuns(claim, context.routes, context.sources)
  if (plan.kind === 'unknown') return backOff(context, claim, plan.why)
  if (plan.kind === 'gone') return bury(context, claim, plan.handler)
  const misfit = plan.kind === 'start' ? await misfitOf(context, claim) : undefined
  if (misfit !== undefined) {
    await markParked(context.pool, claim, misfit)
    return report(context, claim, { result: 'parked', message: `${misfit.code}: ${misfit.detail}` })
  }
  if (claim.isAwaited) {
    try {
      await wakeWaiters(context, claim)
    } catch (error) {
      return backOff(context, claim, (error as Error).message)
    }
  }
  if (plan.kind === 'unrouted') {
    await markUnrouted(context.pool, claim)
    return report(context, claim, { result: 'unrouted' })
  }
  const open = await holdPaused(context, claim, plan.runs)
  if (open.length === 0) return report(context, claim, { result: 'held' })
  const runs = await enterLanes(context, claim, open)
  if (runs === 'later') {
    await postponeClaim(context.pool, claim, LANE_RETRY_MS)
    setTimeout(context.wake, LANE_RETRY_MS).unref()
    return
  }
  if (runs.length === 0) return report(context, claim, { result: 'in_lane' })
  await startRuns(context, claim, runs)
}

/** A run that nothing can do is a dead letter: a person replays it once its handler is back, or discards it. */
async function bury(context: DispatchContext, claim: Claim, handler: string) {
  const run = { key: claim.event.key, handler, attempt: claim.attempt }
  const message = `No route leads to ${handler} any more.`
  await closeDead(context, claim, { ...run, outcome: { state: 'dead', code: 'handler_gone', message } })
  await context.recordStart([{ ...leasedRow(claim), ...run, workflowId: '' }])
  report(context, claim, { result: 'handler_gone', message })
}

/** Closes a run that Temporal never had. */
async function closeDead({ closeRun, metrics }: DispatchContext, { event }: Claim, run: ClosedRun): Promise<void> {
  if (await closeRun(run)) metrics.outcomes.inc({ source: event.source, handler: run.handler, state: 'dead' })
}

async function backOff(context: DispatchContext, claim: Claim, message: string): Promise<void> {
  await releaseClaim(context.pool, claim, backoffMs(claim.claims))
  report(context, claim, { result: 'backed_off', message })
}

/** Checked here and not in the receiver, so that an answer never waits for it. */
async function misfitOf({ pool, sources }: DispatchContext, claim: Claim): Promise<Misfit | undefined> {
  const source = sources.get(claim.event.source)
  if (source === undefined) return undefined
  // It reads the API, and not these bytes.
  if (claim.handler === MIRROR_HANDLER && !('view' in source.provider.canonical)) return undefined
  const misfit = findVersionMisfit(source, claim.event)
  if (misfit !== undefined || schemaOf(source.provider, claim.event.type) === undefined) return misfit
  const body = claim.body ?? (await findBody(pool, claim.event.key))?.body
  // Of erased bytes there is nothing to say; a handler that needs them will.
  return body === undefined ? undefined : findSchemaMisfit(source, claim.event, body)
}

async function startRuns(context: DispatchContext, claim: Claim, runs: RunStart[]): Promise<void> {
  // An earlier claim may have got as far as the outcome: Postgres remembers it for longer than Temporal does.
  const closed = claim.claims > 1 ? await closedAttempts(context.pool, claim.event.key) : undefined
  const isOpen = ({ event }: RunStart): boolean => !closed?.has(`${event.handler}/${event.attempt}`)
  const answers = await Promise.all(runs.map(async (run) => (isOpen(run) ? start(context, run) : undefined)))
  const started: StartedRun[] = []
  for (const [index, run] of runs.entries()) {
    const { key, handler, attempt } = run.event
    const answer = answers[index]
    if (answer !== undefined) {
      report(context, claim, answer)
      if (answer.result === 'halted') context.halt.raise(answer.reason, answer.message)
      if (answer.result === 'halted' || answer.result === 'backed_off') {
        return releaseClaim(context.pool, claim, backoffMs(claim.claims))
      }
      if (answer.result === 'undispatchable') {
        const outcome = { state: 'dead', code: 'undispatchable', message: answer.message } as const
        await closeDead(context, claim, { key, handler, attempt, outcome })
      }
    }
    // A run that is open is taken for the one that was asked for.
    const hasEnded = answer?.result === 'already_started'
    started.push({ ...leasedRow(claim), key, handler, attempt, workflowId: answer?.workflowId ?? '', hasEnded })
  }
  await context.recordStart(started)
}

async function start(
  { client, pace, halt, withSearchAttributes }: DispatchContext,
  run: RunStart,
): Promise<StartResult> {
  const startedAt = performance.now()
  const answer = await startRun(client, run, withSearchAttributes)
  const overloaded = answer.result === 'backed_off' && answer.overloaded
  const isTaken = answer.result === 'started' || answer.result === 'already_started'
  if (isTaken) for (const reason of ['namespace', 'permission'] as const) halt.clear(reason)
  pace.onAnswer({ durationMs: performance.now() - startedAt, overloaded })
  return answer
}

/** One second, doubling, up to a minute. */
const backoffMs = (claims: number): number => Math.min(1_000 * 2 ** (claims - 1), 60_000)

function report(
  { metrics, logger }: Pick<DispatchContext, 'metrics' | 'logger'>,
  claim: Claim,
  answer: { result: string; message?: string; workflowId?: string },
): void {
  const { source, eventId, type: eventType, receivedAt } = claim.event
  metrics.dispatches.inc({ source, result: answer.result })
  const lagMs = Date.now() - Date.parse(receivedAt)
  if (answer.result === 'started') metrics.dispatchLagSeconds.observe({ source }, Math.max(0, lagMs) / 1000)
  const fields = { source, eventId, eventType, attempt: claim.attempt, lagMs, ...answer }
  if (['started', 'already_started', 'unrouted', 'in_lane', 'held'].includes(answer.result))
    logger.info(fields, 'event.dispatched')
  else logger.warn(fields, 'event.not_dispatched')
}
