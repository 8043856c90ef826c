import { type ReconcileRequest, type ReconcileTotals, NOTHING } from '../domain/reconciliation.ts'
import { doubtWindows } from '../storage/coverage.ts'
import { type Listing, loadListing, nextListing } from '../storage/listings.ts'
import { judgeListing } from './judge-listing.ts'
import { planCoverage } from './plan-coverage.ts'
import { spanOf } from './plan-windows.ts'
import { readEntityPage } from './read-entities.ts'
import { readEventPage } from './read-events.ts'
import { type ListingContext, type ReconcilerOptions, listingContext, sourceOf } from './reconciler-context.ts'
import { alarm, countFromZero } from './report-windows.ts'
import { comparisonOf, settingsOf } from './settings.ts'

/** The steps of a reconciliation. Each may be repeated, and run twice at once: what is done stands in the database. */
export interface Reconciler {
  /** Opens the windows that are due. */
  plan(request: ReconcileRequest): Promise<void>
  /** The listing to read; undefined when all windows that are due have been listed. */
  next(request: ReconcileRequest): Promise<string | undefined>
  /**
   * Reads pages for a while. Says whether it was the last one, and how long to wait then before it is judged, in ms.
   * @throws ApiError
   */
  read(listing: string, pulse: () => void): Promise<{ finished: boolean; settleMs: number }>
  /**
   * Judges a listing that was read to its end, and writes what it showed into the ledger.
   * @throws ApiError
   */
  judge(listing: string, pulse: () => void): Promise<ReconcileTotals>
  /** The list could not be read: its windows stay open, in doubt. `code` says why. */
  refuse(listing: string, code: string): Promise<void>
}

/** Long enough to be worth a task in Temporal, short enough to be lost. */
const READ_FOR_MS = 20_000

/** What a provider answers to a credential that may not read the list. */
const REFUSALS: ReadonlySet<string> = new Set(['provider_refused_401', 'provider_refused_403'])

export function createReconciler(options: ReconcilerOptions): Reconciler {
  const { pool, now } = options
  countFromZero(options)
  return {
    plan: (request) => planCoverage(options, request),
    async next({ source: id, asked }) {
      const source = sourceOf(options, id)
      if (comparisonOf(source) === 'nothing') return undefined
      const listing = await nextListing(pool, {
        source: id,
        origin: asked === undefined ? 'schedule' : 'operator',
        now: await now(),
        confirmAfterMs: settingsOf(source).confirmAfterMs,
        isOfPresent: comparisonOf(source) === 'entities',
        ...(asked && { asked: spanOf(asked) }),
      })
      return listing?.id
    },
    async read(id, pulse) {
      const startedAt = performance.now()
      for (;;) {
        const listing = await loadListing(pool, id)
        if (listing === undefined) return { finished: true, settleMs: 0 }
        if (listing.finishedAt !== null) return { finished: true, settleMs: await settleMs(options, listing) }
        if (performance.now() - startedAt > READ_FOR_MS) return { finished: false, settleMs: 0 }
        await readPage(await listingContext(options, listing, pulse))
      }
    },
    async judge(id, pulse) {
      const listing = await loadListing(pool, id)
      return listing === undefined ? NOTHING : judgeListing(await listingContext(options, listing, pulse))
    },
    async refuse(id, code) {
      const listing = await loadListing(pool, id)
      if (listing === undefined) return
      const isRefused = REFUSALS.has(code)
      await doubtWindows(pool, id, isRefused ? 'refused' : code)
      alarm(options, listing.source, isRefused ? 'refused' : 'unread', { code, from: listing.from, to: listing.to })
    },
  }
}

async function readPage(context: ListingContext): Promise<void> {
  const { listing, entityListing } = context.source.provider
  if (comparisonOf(context.source) === 'events' && listing !== undefined) return readEventPage(context, listing)
  if (entityListing !== undefined) return readEntityPage(context, entityListing)
  throw new Error(`${context.source.provider.name} has no list`)
}

/** What differs from the mirror may only be late: how long until that is out of the question. */
async function settleMs(options: ReconcilerOptions, { source: id, finishedAt }: Listing): Promise<number> {
  const source = sourceOf(options, id)
  if (comparisonOf(source) !== 'entities' || finishedAt === null) return 0
  return Math.max(0, finishedAt.getTime() + settingsOf(source).settleMs - (await options.now()).getTime())
}
