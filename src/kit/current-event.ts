import type { EventRef } from '../domain/event.ts'

let current: EventRef | undefined

/** Says which event the run is about. Each run has a sandbox, and so this variable, of its own: never preload a module of the kit. */
export function setCurrentEvent(event: EventRef): void {
  current = event
}

/** @throws Error outside of the workflow of an event. */
export function currentEvent(): EventRef {
  if (current === undefined) throw new Error('Only a workflow made with eventWorkflow can wait')
  return current
}
