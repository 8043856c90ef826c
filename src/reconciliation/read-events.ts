import { ApiError } from '../providers/api.ts'
import type { EventListing, ListedEvent } from '../providers/provider.ts'
import { eventKey } from '../storage/event-key.ts'
import { knownKeys } from '../storage/known-keys.ts'
import { turnEventPage } from '../storage/listings.ts'
import { offeredEvent } from './offered-event.ts'
import type { ListingContext } from './reconciler-context.ts'

/** Contents in memory at once, beside the page itself. */
const LOADED_AT_ONCE = 8

/**
 * Reads one page: what the inbox lacks is offered to it, and then the page is noted. A reader that dies in between leaves a page that
 * is read again, and finds in the inbox what was offered.
 * @throws ApiError
 */
export async function readEventPage(context: ListingContext, list: EventListing): Promise<void> {
  const { api, listing, source, pool } = context
  const { from, to, cursor } = listing
  const place = source.api?.listing
  const page = await list.page(api, {
    from,
    to,
    ...(cursor !== null && { cursor }),
    ...(place !== undefined && { place }),
  })
  context.pulse()
  refuseStandstill(cursor, page.next)
  const events = page.events.filter(({ occurredAt = from }) => occurredAt >= from && occurredAt < to)
  const noted = events.map((event) => ({ event, key: eventKey(source.id, event.id), at: event.occurredAt ?? from }))
  const known = await knownKeys(
    pool,
    noted.map(({ key }) => key),
  )
  const missing = noted.filter(({ key }) => !known.has(key))
  for (let at = 0; at < missing.length; at += LOADED_AT_ONCE) {
    const offered = missing.slice(at, at + LOADED_AT_ONCE).map(async (one) => {
      one.key = (await offer(context, list, one.event)) ?? one.key
    })
    await Promise.all(offered)
    context.pulse()
  }
  const turn = { listing: listing.id, cursor, next: page.next, now: context.now }
  await turnEventPage(
    pool,
    turn,
    noted.map(({ key, at }) => ({ key, at })),
  )
}

/** A list that leads back to the same page would be read for ever. */
export function refuseStandstill(cursor: string | null, next: string | undefined): void {
  if (next !== undefined && next === cursor) throw new ApiError('The list leads back to the same page', { status: 400 })
}

/** The key under which the inbox has the event now; undefined where its content cannot be had. */
async function offer(context: ListingContext, list: EventListing, listed: ListedEvent): Promise<string | undefined> {
  const { source, baseline, listing, inbox, metrics, logger } = context
  const body = listed.body ?? (await loadOrAskAgain(context, list, listed))
  if (body === undefined) return undefined
  const isBackfill = listing.origin === 'operator'
  const { acceptance, key } = await inbox.accept(offeredEvent(source, { listed, body }, { baseline, isBackfill }))
  if (acceptance === 'new') {
    metrics.recovered.inc({ source: source.id })
    logger.info({ source: source.id, eventId: listed.id, eventType: listed.type }, 'event.recovered')
  }
  return key
}

/**
 * The content, or undefined where the provider shows it no longer. Then it is asked to send the webhook again, where it can: the webhook
 * comes on its own, and the second listing finds it.
 */
async function loadOrAskAgain(
  { api, source }: ListingContext,
  list: EventListing,
  listed: ListedEvent,
): Promise<Buffer | undefined> {
  const place = source.api?.listing
  const body = await unless(GONE, () => list.load?.(api, listed, place))
  // A token that may read a list need not be let to have something sent again.
  if (body === undefined) await unless([403, ...GONE], () => list.redeliver?.(api, listed, place))
  return body
}

/** Not there, not any more, not in this form, or more of it than is read. One such entry does not keep the rest of its list from us. */
const GONE = [404, 410, 413, 422]

async function unless<T>(statuses: readonly number[], work: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ApiError && !error.isOutage && statuses.includes(error.status ?? 0)) return undefined
    throw error
  }
}
