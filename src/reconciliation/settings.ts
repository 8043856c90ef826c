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

export function comparisonOf({ provider, api, mirror }: Pick<Source, 'provider' | 'api' | 'mirror'>): Comparison {
  if (api === undefined) return 'nothing'
  if (provider.listing !== undefined && (!provider.listing.needsPlace || api.listing !== undefined)) return 'events'
  return provider.entityListing !== undefined && mirror ? 'entities' : 'nothing'
}
