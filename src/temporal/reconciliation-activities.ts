import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { ReconcileRequest, ReconcileTotals } from '../domain/reconciliation.ts'
import type { Reconciler } from '../reconciliation/reconciler.ts'
import { NotDurableError } from '../storage/postgres-errors.ts'

/** The names are in recorded histories: they stay. */
export interface ReconciliationActivities {
  posthornPlanCoverage(request: ReconcileRequest): Promise<void>
  /** The listing to read, or null when nothing is due. */
  posthornNextListing(request: ReconcileRequest): Promise<string | null>
  posthornReadListing(listing: string): Promise<{ finished: boolean; settleMs: number }>
  posthornJudgeListing(listing: string): Promise<ReconcileTotals>
  posthornRefuseListing(listing: string, code: string): Promise<void>
}

export function createReconciliationActivities(reconciler: Reconciler): ReconciliationActivities {
  return {
    posthornPlanCoverage: (request) => waitingForInbox(() => reconciler.plan(request)),
    posthornNextListing: (request) => waitingForInbox(async () => (await reconciler.next(request)) ?? null),
    posthornReadListing: (listing) => waitingForInbox(() => reconciler.read(listing, pulse)),
    posthornJudgeListing: (listing) => waitingForInbox(() => reconciler.judge(listing, pulse)),
    posthornRefuseListing: (listing, code) => waitingForInbox(() => reconciler.refuse(listing, code)),
  }
}

/** Without details of its own: those of the attempts before count what was waited for. */
function pulse(): void {
  const context = Context.current()
  context.heartbeat(context.info.heartbeatDetails)
}

const INBOX_RETRY_MS = 5_000

/** An inbox that cannot commit for a while is no reason to give up: a failure that names its own delay consumes no try. */
async function waitingForInbox<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof NotDurableError)) throw error
    throw ApplicationFailure.create({ type: 'not_durable', message: error.message, nextRetryDelay: INBOX_RETRY_MS })
  }
}
