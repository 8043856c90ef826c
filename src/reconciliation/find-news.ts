import {
  earliestNews,
  forgetHeard,
  isComparedBefore,
  noteChanged,
  noteJudged,
  noteUndated,
} from '../storage/entity-news.ts'
import { settleDrift } from '../storage/listed-entities.ts'
import type { ListingContext } from './reconciler-context.ts'

const HOUR_MS = 3_600_000

/**
 * Finds out which of the listed entities a handler has to hear of: those that have changed since the connection, without an event that told
 * of it. Where the list does not say when they changed, what differs since the last comparison; before the first one, and where a
 * mirror is built anew, that is none. Done once, whoever judges the listing again.
 */
export async function findNews(context: ListingContext): Promise<void> {
  const { pool, listing, baseline } = context
  if (listing.judgedAt !== null) return
  await noteChanged(pool, listing.id, baseline)
  await forgetAllHeard(context)
  await settleDrift(pool, listing.id)
  if (listing.refresh === null && (await isComparedBefore(pool, listing.id))) await noteUndated(pool, listing.id)
  await noteJudged(pool, listing.id)
}

/**
 * Hour by hour, so that each statement is short, and backwards, for most of what is heard was heard just now: as far as an hour before the
 * earliest change, for so much clocks may be apart.
 */
async function forgetAllHeard({ pool, listing, now, pulse }: ListingContext): Promise<void> {
  let earliest = await earliestNews(pool, listing.id)
  let from = new Date(now.getTime() - HOUR_MS)
  let to: Date | undefined
  while (earliest !== undefined && (to === undefined || to.getTime() > earliest.getTime() - HOUR_MS)) {
    const forgotten = await forgetHeard(pool, listing.id, { from, to })
    pulse()
    if (forgotten > 0) earliest = await earliestNews(pool, listing.id)
    ;[from, to] = [new Date(from.getTime() - HOUR_MS), from]
  }
}
