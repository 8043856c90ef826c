import { forgetHeard, isComparedBefore, noteChanged, noteJudged, noteUndated } from '../storage/entity-news.ts'
import { settleDrift } from '../storage/listed-entities.ts'
import type { ListingContext } from './reconciler-context.ts'
import { settingsOf } from './settings.ts'

/**
 * Finds out which of the listed entities a handler has to hear of: those that have changed since the connection, without an event that told
 * of it. Where the list does not say when they changed, what differs since the last comparison; before the first one, and where a
 * mirror is built anew, that is none. Done once, whoever judges the listing again, and taken up where somebody was cut off.
 */
export async function findNews({ pool, listing, source, baseline, now, pulse }: ListingContext): Promise<void> {
  if (listing.judgedAt !== null) return
  await noteChanged(pool, listing.id, { baseline, overlapMs: settingsOf(source).overlapMs })
  while (await forgetHeard(pool, listing.id, now)) pulse()
  await settleDrift(pool, listing.id)
  if (listing.refresh === null && (await isComparedBefore(pool, listing.id))) await noteUndated(pool, listing.id)
  await noteJudged(pool, listing.id)
}
