import type { IdentifiedEvent } from './provider.ts'

type Stated = { [K in keyof IdentifiedEvent]: IdentifiedEvent[K] | undefined } & { type: string }

/** An envelope with only the fields that the event states. */
export function identifiedEvent(stated: Stated): IdentifiedEvent {
  const fields: Partial<IdentifiedEvent> = Object.fromEntries(
    Object.entries(stated).filter(([, value]) => value !== undefined),
  )
  return { ...fields, type: stated.type }
}
