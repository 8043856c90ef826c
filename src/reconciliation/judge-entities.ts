import type { EntityListing } from '../providers/provider.ts'
import { type Verdict, countListed } from '../storage/count-listing.ts'
import {
  type DriftedEntity,
  type EntityToRead,
  GONE,
  START,
  UNLISTED,
  buriedInSilence,
  countEntities,
  driftedEntities,
  vanishedEntities,
} from '../storage/listed-entities.ts'
import { areDeletionsBelieved } from '../storage/believed-deletions.ts'
import { findNews } from './find-news.ts'
import { reconciledEvent } from './offered-event.ts'
import type { ListingContext } from './reconciler-context.ts'
import { settingsOf } from './settings.ts'
import { walk } from './walk.ts'

/** More gone at once look like a list that shows less, not like so many deletions: none of them is looked after. */
const MAX_VANISHED = 20
const COUNTED = 1_000

/**
 * What a list of entities that was read to its end, and left to settle, says of its windows. What drifted is read again; so is what the
 * list lacks, and the mirror decides by its own rules whether it is gone. Handlers hear of it when it is: a list may leave out what is there.
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
  const lacked = (areThere: boolean) =>
    vanishedEntities(pool, { listing: listing.id, kinds: list.kinds, areThere, limit: COUNTED })
  const [unknown, known] = [await lacked(false), await lacked(true)]
  const isSuspect =
    (unknown.length > MAX_VANISHED || unknown.some(({ kind }) => !counts.kinds.includes(kind))) &&
    !(await areDeletionsBelieved(pool, source.id))
  for (const entity of isSuspect ? known : [...unknown, ...known]) await lookFor(context, entity)
  for (const { deletedAt, ...entity } of await buriedInSilence(pool, { listing: listing.id, limit: COUNTED })) {
    await tell(context, entity, { token: `${GONE}${entity.version}`, occurredAt: deletedAt })
  }
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
    isGap: listings === 0 && counts.news > 0,
    mayClose: !isSuspect,
    // A later list confirms a window; what it shows of its own belongs to the window that it was read for.
    ...(listings === 0 && {
      listed: counts.listed,
      present: counts.listed - counts.news - counts.history,
      recovered: counts.news,
      baseline: counts.history,
      contradicted: unknown.length + known.length,
    }),
  }))
}

/**
 * Handlers hear of a change once. Without its time an entity is read again once for each version of ours that differs; without a version,
 * once a day or once for each request of a person. A reading that failed for good is a dead letter, and is not made up for here.
 */
async function readAgain(context: ListingContext, { isNews, changedAt, ...entity }: DriftedEntity): Promise<void> {
  const { source, listing } = context
  const token = listing.refresh ?? entity.version ?? dayOf(listing.startedAt)
  if (isNews) {
    const change = changedAt && { token: changedAt.toISOString(), occurredAt: changedAt }
    return tell(context, entity, change ?? { token })
  }
  // A provider's clock may be behind, and date a change by the minute.
  const comparedTo = new Date(listing.startedAt.getTime() - settingsOf(source).overlapMs)
  await context.inbox.accept(reconciledEvent(source, entity, { token, mirrorOnly: true, occurredAt: comparedTo }))
  context.pulse()
}

const dayOf = (time: Date): string => time.toISOString().slice(0, 10)

/** Has the mirror look whether this is gone. What a list leaves out may be there for ever: once a day, for the version says nothing. */
async function lookFor({ source, listing, inbox, pulse }: ListingContext, entity: EntityToRead): Promise<void> {
  const token = `${UNLISTED}${listing.refresh ?? dayOf(listing.startedAt)}`
  await inbox.accept(reconciledEvent(source, entity, { token, mirrorOnly: true }))
  pulse()
}

/** Handlers are to hear of this entity, once under this token. */
async function tell(
  { source, inbox, metrics, logger, pulse }: ListingContext,
  entity: EntityToRead,
  { token, occurredAt }: { token: string; occurredAt?: Date },
): Promise<void> {
  const { acceptance } = await inbox.accept(
    reconciledEvent(source, entity, { token, ...(occurredAt && { occurredAt }) }),
  )
  pulse()
  if (acceptance !== 'new') return
  metrics.recovered.inc({ source: source.id })
  logger.info({ source: source.id, entityKind: entity.kind, entityId: entity.id }, 'entity.recovered')
}
