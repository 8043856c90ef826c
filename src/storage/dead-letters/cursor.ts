/** A place in the order of dead letters. `at` is ISO 8601 with microseconds, which a Date would lose. */
export interface DeadLetterPlace {
  at: string
  key: string
  handler: string
}

const PLACE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z) ([0-9a-f-]{36}) (.+)$/s

/** The place as one word, to be handed back as it is. */
export const toCursor = ({ at, key, handler }: DeadLetterPlace): string =>
  Buffer.from(`${at} ${key} ${handler}`).toString('base64url')

/** Undefined for a text that is no cursor. */
export function fromCursor(cursor: string): DeadLetterPlace | undefined {
  const [, at, key, handler] = PLACE.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  return at === undefined || key === undefined || handler === undefined ? undefined : { at, key, handler }
}
