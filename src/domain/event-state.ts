/** The states of an event: the same strings in SQL, logs, metrics, the CLI and the pages. */
export const EVENT_STATES = ['received', 'dispatched', 'processed', 'ignored', 'dead', 'unrouted', 'parked'] as const

export type EventState = (typeof EVENT_STATES)[number]
