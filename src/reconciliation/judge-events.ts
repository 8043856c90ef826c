import { ApiError } from '../providers/api.ts'
import type { EventListing } from '../providers/provider.ts'
import { type ListedCounts, type Unlisted, type Verdict, countListed, countUnlisted } from '../storage/count-listing.ts'
import { anyEntity } from '../storage/listed-entities.ts'
import type { ListingContext } from './reconciler-context.ts'
import { settingsOf } from './settings.ts'

/** What a list of events that was read to its end says of its windows. */
export async function judgeEvents(context: ListingContext, list: EventListing): Promise<Verdict[]> {
  const { pool, listing, source, baseline, now } = context
  const counting = { listing: listing.id, confirmAfterMs: settingsOf(source).confirmAfterMs }
  const horizon = new Date(Math.max(0, now.getTime() - list.horizonMs))
  const listed = await countListed(pool, { ...counting, baseline })
  const unlisted = await countUnlisted(pool, { ...counting, horizon, bySending: list.datedBy === 'sending' })
  const isBlind = listed.every((window) => window.listed === 0) && !(await mayStillRead(context))
  return listed.map((window) => {
    const own = unlisted.filter((group) => isSameWindow(group, window))
    const contradicted = sum(own.filter((group) => isCovered(context, list, group)))
    const doubt = contradicted > 0 || isBlind ? 'suspect' : window.unreachable > 0 ? 'unreachable' : null
    return { ...window, contradicted, unprovable: sum(own) - contradicted, doubt, mayClose: doubt !== 'suspect' }
  })
}

const isSameWindow = (a: Unlisted, b: ListedCounts): boolean =>
  a.origin === b.origin && a.from.getTime() === b.from.getTime() && a.to.getTime() === b.to.getTime()

function isCovered({ source }: ListingContext, list: EventListing, { type, account }: Unlisted): boolean {
  const isOther = account !== null && account !== source.account
  return list.covers?.({ type, ...(isOther && { account }) }) ?? true
}

const sum = (groups: readonly Unlisted[]): number => groups.reduce((total, { count }) => total + count, 0)

/** Nothing was listed: either nothing happened, or the credential sees nothing any more. */
async function mayStillRead({ pool, source, api }: ListingContext): Promise<boolean> {
  const reader = source.provider.canonical
  if ('view' in reader) return true
  const entity = await anyEntity(pool, source.id, reader.kinds)
  if (entity === undefined) return true
  try {
    // Of the credential's own account, as the list is: another one that is out of reach says nothing of it.
    await reader.probe(api, entity)
    return true
  } catch (error) {
    if (error instanceof ApiError && !error.isOutage) return false
    throw error
  }
}
