import type { EntityListing } from '../providers/provider.ts'
import { type Verdict, countListed } from '../storage/count-listing.ts'
import {
  type EntityToRead,
  START,
  countEntities,
  driftedEntities,
  isComparedBefore,
  settleDrift,
  vanishedEntities,
} from '../storage/listed-entities.ts'
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
  // At first all that there is differs from an empty mirror: that is history, as in a mirror that is built anew.
  const isHistory = listing.refresh !== null || !(await isComparedBefore(pool, listing.id))
  await settleDrift(pool, listing.id)
  await walk(
    (after, limit) => driftedEntities(pool, { listing: listing.id, after, limit }),
    (entity) => readAgain(context, entity, isHistory),
    START,
  )
  const counts = await countEntities(pool, listing.id)
  const gone = await vanishedEntities(pool, { listing: listing.id, kinds: list.kinds, limit: COUNTED })
  const isSuspect = gone.length > MAX_VANISHED || (counts.listed === 0 && gone.length > 0)
  if (!isSuspect) for (const entity of gone) await readAgain(context, entity, isHistory)
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
      present: counts.listed - counts.drifted,
      recovered: isHistory ? 0 : counts.drifted,
      baseline: isHistory ? counts.drifted : 0,
      contradicted: gone.length,
    }),
  }))
}

/**
 * An entity is read again once for each version of ours that differs. Without one, or where the reading failed for good, once a day or
 * once for each request of a person.
 */
async function readAgain(context: ListingContext, entity: EntityToRead, isHistory: boolean): Promise<void> {
  const { source, listing, inbox, metrics, logger } = context
  const token = listing.refresh ?? entity.version ?? listing.startedAt.toISOString().slice(0, 10)
  const { acceptance } = await inbox.accept(reconciledEvent(source, entity, { token, mirrorOnly: isHistory }))
  context.pulse()
  if (acceptance !== 'new' || isHistory) return
  metrics.recovered.inc({ source: source.id })
  logger.info({ source: source.id, entityKind: entity.kind, entityId: entity.id }, 'entity.recovered')
}
