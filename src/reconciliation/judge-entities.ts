import type { EntityListing } from '../providers/provider.ts'
import { type Verdict, countListed } from '../storage/count-listing.ts'
import {
  type DriftedEntity,
  START,
  countEntities,
  driftedEntities,
  vanishedEntities,
} from '../storage/listed-entities.ts'
import { findNews } from './find-news.ts'
import { reconciledEvent } from './offered-event.ts'
import type { ListingContext } from './reconciler-context.ts'
import { settingsOf } from './settings.ts'
import { walk } from './walk.ts'

/** So many gone at once look like a list that shows less, not like so many deletions: none of them is looked after. */
const MAX_VANISHED = 20
const COUNTED = 1_000

/**
 * What a list of entities that was read to its end, and left to settle, says of its windows. What drifted is read again; so is what the
 * list lacks, and the mirror decides by its own rules whether it is gone.
 */
export async function judgeEntities(context: ListingContext, list: EntityListing): Promise<Verdict[]> {
  const { pool, listing, source, baseline } = context
  await findNews(context)
  await walk(
    (after, limit) => driftedEntities(pool, { listing: listing.id, after, limit }),
    (entity) => readAgain(context, entity),
    START,
  )
  const counts = await countEntities(pool, listing.id)
  const gone = await vanishedEntities(pool, { listing: listing.id, kinds: list.kinds, limit: COUNTED })
  const isSuspect = gone.length > MAX_VANISHED || (counts.listed === 0 && gone.length > 0)
  // What the mirror holds it has learnt here: that it is gone is news.
  if (!isSuspect) for (const entity of gone) await readAgain(context, { ...entity, isNews: true, changedAt: null })
  const windows = await countListed(pool, {
    listing: listing.id,
    confirmAfterMs: settingsOf(source).confirmAfterMs,
    baseline,
  })
  const doubt = isSuspect ? 'suspect' : null
  return windows.map(({ origin, from, to, listings }) => ({
    origin,
    from,
    to,
    listings,
    doubt,
    mayClose: !isSuspect,
    // A later list confirms a window; what it shows of its own belongs to the window that it was read for.
    ...(listings === 0 && {
      listed: counts.listed,
      present: counts.listed - counts.news - counts.history,
      recovered: counts.news,
      baseline: counts.history,
      contradicted: gone.length,
    }),
  }))
}

/**
 * Handlers hear of a change once. Without its time an entity is read again once for each version of ours that differs; without a version,
 * or where the reading failed for good, once a day or once for each request of a person.
 */
async function readAgain(context: ListingContext, { isNews, changedAt, ...entity }: DriftedEntity): Promise<void> {
  const { source, listing, inbox, metrics, logger } = context
  // A provider's clock may be behind, and date a change by the minute.
  const comparedTo = new Date(listing.startedAt.getTime() - settingsOf(source).overlapMs)
  const occurredAt = isNews ? changedAt : comparedTo
  const change = isNews ? changedAt?.toISOString() : undefined
  const token = change ?? listing.refresh ?? entity.version ?? listing.startedAt.toISOString().slice(0, 10)
  const { acceptance } = await inbox.accept(
    reconciledEvent(source, entity, { token, mirrorOnly: !isNews, ...(occurredAt && { occurredAt }) }),
  )
  context.pulse()
  if (acceptance !== 'new' || !isNews) return
  metrics.recovered.inc({ source: source.id })
  logger.info({ source: source.id, entityKind: entity.kind, entityId: entity.id }, 'entity.recovered')
}
