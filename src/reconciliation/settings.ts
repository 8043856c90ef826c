import type { ReconcileSettings, Source } from '../providers/source.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** What holds where a source says nothing else. */
export const DEFAULT_RECONCILE: ReconcileSettings = {
  everyMs: 15 * MINUTE_MS,
  lookBackMs: 72 * HOUR_MS,
  settleMs: 5 * MINUTE_MS,
  overlapMs: 5 * MINUTE_MS,
  confirmAfterMs: 24 * HOUR_MS,
}

/** Also for a source without a schedule, which a person may have reconciled. */
export const settingsOf = ({ reconcile }: Pick<Source, 'reconcile'>): ReconcileSettings =>
  reconcile ?? DEFAULT_RECONCILE

/** What can be compared: the provider's list of its events, its entities with the mirror, or nothing. */
export type Comparison = 'events' | 'entities' | 'nothing'

export type Compared = Pick<Source, 'provider' | 'api' | 'mirror'>

export function comparisonOf({ provider, api, mirror }: Compared): Comparison {
  if (api === undefined) return 'nothing'
  const isReadable = (list: { needsPlace?: true } | undefined): boolean =>
    list !== undefined && (!list.needsPlace || api.listing !== undefined)
  if (isReadable(provider.listing)) return 'events'
  return isReadable(provider.entityListing) && mirror ? 'entities' : 'nothing'
}

/** What to do about a source that is compared with nothing, as a sentence. */
export function whyNothing({ provider, api }: Compared): string {
  const list = provider.listing ?? provider.entityListing
  if (list === undefined) return `there is no list of ${provider.name} to compare with; remove it.`
  if (api === undefined) return `the list of ${provider.name} cannot be read without api.token.`
  if (list.needsPlace && api.listing === undefined) {
    return `set api.listing, for what ${provider.name} lists stands below something that only you can name. ${provider.setUp?.listing ?? ''}`.trimEnd()
  }
  return `${provider.name} lists no events, and entities are compared with the mirror: set mirror.`
}
