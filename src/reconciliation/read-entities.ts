import type { EntityListing } from '../providers/provider.ts'
import { turnEntityPage } from '../storage/listings.ts'
import { refuseStandstill } from './read-events.ts'
import type { ListingContext } from './reconciler-context.ts'

/**
 * Reads one page of the entities and notes which of them the mirror holds otherwise. Nothing is offered yet: their webhooks may be on
 * their way.
 * @throws ApiError
 */
export async function readEntityPage(context: ListingContext, list: EntityListing): Promise<void> {
  const { api, listing, source, pool } = context
  const { kind, cursor } = placeOf(listing.cursor, list.kinds)
  const place = source.api?.listing
  const page = await list.page(api, {
    kind,
    ...(cursor !== undefined && { cursor }),
    ...(place !== undefined && { place }),
  })
  context.pulse()
  refuseStandstill(cursor ?? null, page.next)
  const next = page.next === undefined ? startOf(list.kinds[list.kinds.indexOf(kind) + 1]) : cursorAt(kind, page.next)
  const leftOut = await turnEntityPage(
    pool,
    { listing: listing.id, cursor: listing.cursor, next, now: context.now },
    {
      source: source.id,
      entities: page.entities.map(({ entity, version, changedAt, createdAt, ...seen }) => ({
        ...entity,
        version: version?.toString(),
        changedAt: changedAt ?? createdAt,
        isCreation: changedAt === undefined,
        ...seen,
      })),
    },
  )
  if (leftOut > 0)
    context.logger.warn({ source: source.id, entityKind: kind, entities: leftOut }, 'entities.not_storable')
}

/** Kinds are read one after the other; the cursor says which, and where in its list. */
const cursorAt = (kind: string, cursor: string): string => `${kind} ${cursor}`
const startOf = (kind: string | undefined): string | undefined => (kind === undefined ? undefined : cursorAt(kind, ''))

function placeOf(stored: string | null, kinds: readonly string[]): { kind: string; cursor?: string } {
  if (stored === null) return { kind: kinds[0] ?? '' }
  const [, kind = '', cursor = ''] = /^(\S*) (.*)$/s.exec(stored) ?? []
  return { kind, ...(cursor !== '' && { cursor }) }
}
