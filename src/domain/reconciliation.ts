/** What a reconciliation is asked to do. It is the input of recorded runs, so fields are only ever added. */
export interface ReconcileRequest {
  source: string
  /** A person's request: this stretch of time, ISO 8601. Absent: whatever the schedule is due to do. */
  asked?: {
    from: string
    to: string
    /** Fetch the entities of known events again, under this name. */ refresh?: string
  }
  /** Set when a run goes on as a new one. */
  progress?: ReconcileTotals
}

/** What a run came to. */
export interface ReconcileTotals {
  /** Listings that were read to their end. */
  listings: number
  listed: number
  recovered: number
  /** Windows that something speaks against. */
  doubtful: number
}

export const NOTHING: ReconcileTotals = { listings: 0, listed: 0, recovered: 0, doubtful: 0 }

export const plus = (a: ReconcileTotals, b: ReconcileTotals): ReconcileTotals => ({
  listings: a.listings + b.listings,
  listed: a.listed + b.listed,
  recovered: a.recovered + b.recovered,
  doubtful: a.doubtful + b.doubtful,
})

/** The run that the schedule starts is named after it, with the time behind. */
export const reconcileId = (source: string): string => `reconcile/${source}`

/** A person's request; one at a time for each source. */
export const backfillId = (source: string): string => `backfill/${source}`

const PREFIX = 'reconciled:'

/** The ID of a synthetic event that has an entity read again. `token` tells occasions apart. */
export const reconciledEventId = (entity: { kind: string; id: string }, token: string): string =>
  `${PREFIX}${entity.kind}/${entity.id}@${token}`

/** Whether an event is synthetic: it says that somebody should look, and nothing else. */
export const isReconciledEvent = (eventId: string): boolean => eventId.startsWith(PREFIX)
