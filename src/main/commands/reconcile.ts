import { setTimeout as delay } from 'node:timers/promises'
import { type Client, WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client'
import { CommandError, EXIT_CODES, type ExitCode } from '../../cli/exit-codes.ts'
import { coverageLines } from '../../cli/reconciliation/coverage-lines.ts'
import { type ReconcileResult, progressLine, resultLines } from '../../cli/reconciliation/request-lines.ts'
import { type SourceStatus, statusLines } from '../../cli/reconciliation/status-lines.ts'
import { type ReconcileRequest, reconcileId } from '../../domain/reconciliation.ts'
import { comparisonOf } from '../../reconciliation/settings.ts'
import { recordAudit } from '../../storage/audit-log.ts'
import {
  type CoverageFilter,
  type RequestOutcome,
  listCoverage,
  readCoverageStatus,
  readRequestOutcome,
  readRequestProgress,
} from '../../storage/list-coverage.ts'
import type { Pool } from '../../storage/pool.ts'
import { readNow } from '../../storage/read-now.ts'
import { waitingUntil } from '../../storage/request-windows.ts'
import { believeDeletions } from '../../storage/believed-deletions.ts'
import { cancelRequest, describeSchedule, startReconcile } from '../../temporal/start-reconcile.ts'
import { type Installation, loadInstallation } from '../load-config.ts'
import { operatorName } from '../process/operator.ts'
import { withPool } from '../process/postgres.ts'
import { temporalTarget, withTemporal } from '../process/temporal.ts'
import { readSettings } from '../settings.ts'
import type { Settings } from '../settings/settings-table.ts'
import type { CommandContext } from './context.ts'
import { stepsOnTerminal } from './steps-on-terminal.ts'

export interface ReconcileStart {
  source: string
  /** Without an end: up to now, or to where the same request reached that was left. */
  span?: { from: Date; to?: Date }
  /** Fetch the entities of known events again. */
  refresh: boolean
  /** Do not wait for its end. */
  detach: boolean
}

const LOOK_EVERY_MS = 500

/** `posthorn reconcile run` and `backfill`: starts a reconciliation and follows it to its end. */
export async function runReconcile(context: CommandContext, start: ReconcileStart): Promise<ExitCode> {
  const { environment, output } = context
  const settings = readSettings(environment)
  assertConfigured(await loadInstallation(settings, environment), start.source)
  assertForward(start)
  return withPool(settings, (pool) =>
    withTemporal(temporalTarget(environment), async ({ client }) => {
      const request = await toRequest(pool, start)
      const since = await readNow(pool)
      const handle = await begin(client, request)
      await audit(pool, settings, start.refresh ? 'reconcile.backfill' : 'reconcile.run', request)
      if (start.detach) {
        const command = `posthorn reconcile status`
        output.show({ workflowId: handle.workflowId, ...request }, () => [`It has begun; follow it: ${command}`])
        return EXIT_CODES.ok
      }
      const outcome = await follow(context, request, pool, { ended: handle.result(), since })
      const result: ReconcileResult = { source: start.source, ...request.asked, ...outcome }
      output.show(result, resultLines)
      return outcome.doubtful + outcome.unlisted === 0 ? EXIT_CODES.ok : EXIT_CODES.failed
    }),
  )
}

function assertConfigured({ sources }: Installation, id: string): void {
  if (sources.some((source) => source.id === id)) return
  throw new CommandError(
    'usage',
    `There is no source ${id}. Configured are ${sources.map((one) => one.id).join(', ')}.`,
  )
}

function assertForward({ span }: ReconcileStart): void {
  if (span === undefined || span.from < (span.to ?? new Date())) return
  throw new CommandError('usage', '--from must be before --to.')
}

/** Providers state times in whole seconds, and so does the ledger. */
const wholeSecond = (time: Date): string => new Date(Math.floor(time.getTime() / 1000) * 1000).toISOString()

async function toRequest(pool: Pool, { source, span, refresh }: ReconcileStart): Promise<ReconcileRequest> {
  if (span === undefined) return { source }
  const from = wholeSecond(span.from)
  const until = span.to ?? (await waitingUntil(pool, { source, from: new Date(from), isBackfill: refresh }))
  const asked = { from, to: wholeSecond(until ?? new Date()) }
  return { source, asked: refresh ? { ...asked, refresh: new Date().toISOString() } : asked }
}

async function begin(client: Client, request: ReconcileRequest) {
  try {
    return await startReconcile(client, request)
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error
    throw new CommandError(
      'failed',
      `Another request for ${request.source} is under way: \`posthorn reconcile cancel ${request.source}\` ends it.`,
      error,
    )
  }
}

async function follow(
  { environment }: CommandContext,
  { source, asked }: ReconcileRequest,
  pool: Pool,
  run: { ended: Promise<unknown>; since: Date },
): Promise<RequestOutcome> {
  const span = asked && { from: new Date(asked.from), to: new Date(asked.to) }
  const look = async (): Promise<string> => {
    if (span !== undefined) return progressLine(await readRequestProgress(pool, { source, ...span }))
    const { listing } = await readCoverageStatus(pool, source)
    return listing === null ? 'waiting for a worker' : `${listing.pages} pages`
  }
  try {
    return await stepsOnTerminal(environment).run({
      name: 'reconcile',
      work: async (say) => {
        let isOver = false
        const ended = run.ended.finally(() => (isOver = true))
        ended.catch(() => undefined)
        while (!isOver) {
          say(await look())
          await Promise.race([ended, delay(LOOK_EVERY_MS)])
        }
        await ended
        return readRequestOutcome(pool, { source, since: run.since, ...(span && { asked: span }) })
      },
      result: ({ recovered }) => `${recovered} recovered`,
    })
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error
    throw new CommandError(
      'failed',
      `It ended early: ${error.cause?.message ?? error.message}. The ledger keeps how far it got.`,
      error,
    )
  }
}

/** `posthorn reconcile cancel`: ends a person's request. The same request again takes it up where it was left. */
export async function cancelReconcile({ environment, output }: CommandContext, source: string): Promise<void> {
  const settings = readSettings(environment)
  await withTemporal(temporalTarget(environment), async ({ client }) => {
    if (await cancelRequest(client, source)) return
    throw new CommandError('failed', `No request for ${source} is under way.`)
  })
  await withPool(settings, (pool) => audit(pool, settings, 'reconcile.cancel', { source }))
  output.show({ source, cancelled: true }, () => [`Cancelled. The same request again takes it up where it was left.`])
}

const BELIEVED_FOR_SECONDS = 3_600

/** `posthorn reconcile believe-deletions`: a person has looked, and so many entities are gone indeed. */
export async function believeInDeletions(
  { environment, output }: CommandContext,
  { source, reason }: { source: string; reason: string },
): Promise<void> {
  const settings = readSettings(environment)
  assertConfigured(await loadInstallation(settings, environment), source)
  const until = await withPool(settings, async (pool) => {
    await recordAudit(pool, {
      ...{ actor: operatorName(settings), action: 'reconcile.believe_deletions' },
      ...{ target: { source }, reason },
    })
    return believeDeletions(pool, { source, seconds: BELIEVED_FOR_SECONDS })
  })
  output.show({ source, until }, () => [
    `Until ${until.toISOString()}, whatever ${source} no longer has becomes a tombstone, however much it is.`,
    `Replay what died of it: posthorn replays start --source ${source} --code TombstonesHaltedError --reason '…'`,
  ])
}

const audit = (pool: Pool, settings: Settings, action: string, { source, asked }: ReconcileRequest): Promise<void> =>
  recordAudit(pool, { actor: operatorName(settings), action, target: { source, ...asked } })

/** `posthorn reconcile status`: how complete each source is known to be. */
export async function showReconcileStatus({ environment, output }: CommandContext): Promise<void> {
  const settings = readSettings(environment)
  const { sources } = await loadInstallation(settings, environment)
  await withPool(settings, (pool) =>
    withTemporal(temporalTarget(environment), async ({ client }) => {
      const statuses: SourceStatus[] = []
      for (const source of sources) {
        const schedule = await describeSchedule(client, reconcileId(source.id))
        const compares = comparisonOf(source)
        statuses.push({ ...(await readCoverageStatus(pool, source.id)), compares, schedule })
      }
      output.show(statuses, statusLines)
    }),
  )
}

/** `posthorn reconcile coverage`: the ledger. */
export async function showCoverage({ environment, output }: CommandContext, filter: CoverageFilter): Promise<void> {
  await withPool(readSettings(environment), async (pool) =>
    output.show(await listCoverage(pool, filter), coverageLines),
  )
}
