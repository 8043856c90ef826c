import {
  ActivityFailure,
  ApplicationFailure,
  continueAsNew,
  isCancellation,
  proxyActivities,
  sleep,
  workflowInfo,
} from '@temporalio/workflow'
import { NOTHING, type ReconcileRequest, type ReconcileTotals, plus } from '../../domain/reconciliation.ts'
import type { ReconciliationActivities } from '../reconciliation-activities.ts'

const retry = { initialInterval: '1 second', maximumInterval: '1 minute' } as const

const { posthornPlanCoverage, posthornNextListing, posthornRefuseListing } = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '72 hours',
  retry,
})

/** They talk to the provider: an outage is waited out, and a worker that died is noticed by its silence. */
const { posthornReadListing, posthornJudgeListing } = proxyActivities<ReconciliationActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '20 seconds',
  scheduleToCloseTimeout: '72 hours',
  retry,
})

/** Far below Temporal's own limit, so that a history stays readable. */
const LONGEST_HISTORY = 1_000

/** Compares what a source's provider lists with what arrived, window by window, until nothing is due. */
export async function posthornReconcile(request: ReconcileRequest): Promise<ReconcileTotals> {
  let progress = request.progress ?? NOTHING
  if (request.progress === undefined) await posthornPlanCoverage(request)
  for (;;) {
    const listing = await posthornNextListing(request)
    if (listing === null) return progress
    if (await readToTheEnd(listing)) progress = plus(progress, await judge(listing))
    if (workflowInfo().historyLength > LONGEST_HISTORY) {
      await continueAsNew<typeof posthornReconcile>({ ...request, progress })
    }
  }
}

/** False when the history has grown long before the list ended. */
async function readToTheEnd(listing: string): Promise<boolean> {
  try {
    for (;;) {
      const { finished, settleMs } = await posthornReadListing(listing)
      if (finished) {
        if (settleMs > 0) await sleep(settleMs)
        return true
      }
      if (workflowInfo().historyLength > LONGEST_HISTORY) return false
    }
  } catch (error) {
    throw await unread(listing, error)
  }
}

async function judge(listing: string): Promise<ReconcileTotals> {
  try {
    return await posthornJudgeListing(listing)
  } catch (error) {
    throw await unread(listing, error)
  }
}

/** The ledger keeps why the list was not read; the run itself fails, for people to see. */
async function unread(listing: string, error: unknown): Promise<unknown> {
  if (isCancellation(error) || !(error instanceof ActivityFailure)) return error
  const code = error.cause instanceof ApplicationFailure ? (error.cause.type ?? 'unknown') : 'unknown'
  await posthornRefuseListing(listing, code)
  return ApplicationFailure.create({
    message: `The list could not be read: ${code}`,
    type: code,
    cause: error,
    nonRetryable: true,
  })
}
