import { baselineBefore } from '../domain/baseline.ts'
import type { ProviderApi } from '../providers/api.ts'
import type { Source } from '../providers/source.ts'
import type { Inbox } from '../storage/inbox.ts'
import type { Listing } from '../storage/listings.ts'
import type { Pool } from '../storage/pool.ts'
import { readConnectedAt } from '../storage/sources.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Metrics } from '../telemetry/metrics.ts'

export interface ReconcilerOptions {
  pool: Pool
  inbox: Inbox
  sources: ReadonlyMap<string, Source>
  /** The provider's API with the source's credential and budget. */
  apiOf: (source: Source) => ProviderApi
  /** How long event keys are kept. */
  retentionDays: number
  /** The database's clock: everybody plans and judges by the same one. */
  now: () => Promise<Date>
  metrics: Metrics
  logger: Logger
}

/** One listing at work. */
export interface ListingContext extends Omit<ReconcilerOptions, 'now'> {
  /** When this step began. */
  now: Date
  source: Source
  listing: Listing
  api: ProviderApi
  /** Older events are history. */
  baseline: Date
  /** Says that the work goes on. */
  pulse: () => void
}

/** @throws Error for a source that is not configured here. */
export function sourceOf({ sources }: Pick<ReconcilerOptions, 'sources'>, id: string): Source {
  const source = sources.get(id)
  if (source === undefined) throw new Error(`Source "${id}" is not configured here`)
  return source
}

export async function listingContext(
  options: ReconcilerOptions,
  listing: Listing,
  pulse: () => void,
): Promise<ListingContext> {
  const source = sourceOf(options, listing.source)
  const now = await options.now()
  // A source that has received nothing yet has no past of its own: all that is listed is history.
  const connectedAt = source.connectedAt ?? (await readConnectedAt(options.pool, source.id)) ?? now
  const baseline = baselineBefore({ connectedAt, now, retentionDays: options.retentionDays })
  return { ...options, now, source, listing, api: options.apiOf(source), baseline, pulse }
}
