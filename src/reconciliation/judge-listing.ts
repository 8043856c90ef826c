import type { ReconcileTotals } from '../domain/reconciliation.ts'
import { type Verdict, closeListing } from '../storage/count-listing.ts'
import { FIRST_KEY, knownEvents } from '../storage/listed-entities.ts'
import { judgeEntities } from './judge-entities.ts'
import { judgeEvents } from './judge-events.ts'
import { reconciledEvent } from './offered-event.ts'
import type { ListingContext } from './reconciler-context.ts'
import { ringFor } from './report-windows.ts'
import { comparisonOf, settingsOf } from './settings.ts'
import { walk } from './walk.ts'

/**
 * Judges a listing that was read to its end, says what it showed, and writes it into the ledger. In this order: whoever dies in between
 * is judged again, and rings twice rather than never.
 */
export async function judgeListing(context: ListingContext): Promise<ReconcileTotals> {
  const { pool, listing, source, now, logger } = context
  if (listing.refresh !== null) await refetchKnown(context, listing.refresh)
  const verdicts = await verdictsOf(context)
  await ringFor(context, verdicts)
  const { confirmAfterMs } = settingsOf(source)
  const windows = await closeListing(pool, { listing: listing.id, now, confirmAfterMs }, verdicts)
  for (const window of windows) logger.info({ ...window }, 'window.listed')
  const sum = (counts: number[]): number => counts.reduce((total, count) => total + count, 0)
  return {
    listings: 1,
    listed: sum(windows.map(({ listed }) => listed)),
    recovered: sum(windows.map(({ recovered }) => recovered)),
    doubtful: windows.filter(({ doubt }) => doubt !== null).length,
  }
}

function verdictsOf(context: ListingContext): Promise<Verdict[]> {
  const { listing, entityListing } = context.source.provider
  if (comparisonOf(context.source) === 'events' && listing !== undefined) return judgeEvents(context, listing)
  if (entityListing !== undefined) return judgeEntities(context, entityListing)
  throw new Error(`${context.source.provider.name} has no list`)
}

/**
 * The mirror may have lost what these events once brought: each of their entities is read again, once for this request. Several events
 * of one entity offer it under one ID, so that the inbox has it once.
 */
async function refetchKnown(context: ListingContext, token: string): Promise<void> {
  const { pool, listing, source, inbox } = context
  if (!source.mirror || 'view' in source.provider.canonical) return
  const { kinds } = source.provider.canonical
  await walk(
    (after, limit) => knownEvents(pool, { listing: listing.id, kinds, after, limit }),
    async ({ entity }) => {
      if (entity === null) return
      await inbox.accept(reconciledEvent(source, entity, { token, mirrorOnly: true }))
      context.pulse()
    },
    FIRST_KEY,
  )
}
