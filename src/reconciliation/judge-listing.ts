import type { ReconcileTotals } from '../domain/reconciliation.ts'
import { type Verdict, closeListing } from '../storage/count-listing.ts'
import { START, knownEntities } from '../storage/listed-entities.ts'
import { judgeEntities } from './judge-entities.ts'
import { judgeEvents } from './judge-events.ts'
import { reconciledEvent } from './offered-event.ts'
import type { ListingContext } from './reconciler-context.ts'
import { reportWindows } from './report-windows.ts'
import { comparisonOf, settingsOf } from './settings.ts'
import { walk } from './walk.ts'

/** Judges a listing that was read to its end, writes what it showed into the ledger, and says so. */
export async function judgeListing(context: ListingContext): Promise<ReconcileTotals> {
  const { pool, listing, source } = context
  if (listing.refresh !== null) await refetchKnown(context, listing.refresh)
  const { confirmAfterMs } = settingsOf(source)
  const closing = { listing: listing.id, now: context.now(), confirmAfterMs }
  const windows = await closeListing(pool, closing, await verdictsOf(context))
  await reportWindows(context, windows)
  // One listing may count for several windows, which overlap.
  const most = (counts: number[]): number => Math.max(0, ...counts)
  return {
    listings: 1,
    listed: most(windows.map(({ listed }) => listed)),
    recovered: most(windows.map(({ recovered }) => recovered)),
    doubtful: windows.filter(({ doubt }) => doubt !== null).length,
  }
}

function verdictsOf(context: ListingContext): Promise<Verdict[]> {
  const { listing, entityListing } = context.source.provider
  if (comparisonOf(context.source) === 'events' && listing !== undefined) return judgeEvents(context, listing)
  if (entityListing !== undefined) return judgeEntities(context, entityListing)
  throw new Error(`${context.source.provider.name} has no list`)
}

/** The mirror may have lost what these events once brought: each of their entities is read again, once for this request. */
async function refetchKnown(context: ListingContext, token: string): Promise<void> {
  const { pool, listing, source, inbox } = context
  if (!source.mirror || 'view' in source.provider.canonical) return
  const { kinds } = source.provider.canonical
  await walk(
    (after, limit) => knownEntities(pool, { listing: listing.id, kinds, after, limit }),
    async (entity) => {
      await inbox.accept(reconciledEvent(source, entity, { token, mirrorOnly: true }))
      context.pulse()
    },
    START,
  )
}
