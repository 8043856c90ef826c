import type { EventRef } from './event.ts'

/** What a call to a provider's API is for: live work goes first. */
export type CallPurpose = 'live' | 'replay' | 'reconciliation'

/** By priority: a backfill is reconciliation, too. */
const PURPOSES: readonly CallPurpose[] = ['live', 'replay', 'reconciliation']

/** What the calls of an event's run are for. */
export const purposeOf = ({ priority = 0 }: Pick<EventRef, 'priority'>): CallPurpose => PURPOSES[priority] ?? 'replay'
