/** The states of an event: the same strings in SQL, logs, metrics, the CLI and the pages. */
export const EVENT_STATES = ['received', 'dispatched', 'processed', 'ignored', 'dead', 'unrouted', 'parked'] as const

export type EventState = (typeof EVENT_STATES)[number]

/** Every permitted transition. A replay, or a route that appears later, is what leads back to `received`; who discards what is dead has it ignored. */
export const TRANSITIONS: Record<EventState, readonly EventState[]> = {
  received: ['dispatched', 'processed', 'ignored', 'dead', 'unrouted', 'parked'],
  dispatched: ['processed', 'ignored', 'dead'],
  processed: ['received'],
  ignored: ['received'],
  dead: ['received', 'ignored'],
  unrouted: ['received'],
  parked: ['received'],
}

export const canBecome = (from: EventState, to: EventState): boolean => TRANSITIONS[from].includes(to)
