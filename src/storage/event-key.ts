import { hash } from 'node:crypto'

export const sha256 = (data: Buffer | string): Buffer => hash('sha256', data, 'buffer')

/** The event key: 128 bits of SHA-256 over source and event ID, as a UUID. A source ID holds no NUL, so the pair is unambiguous. */
export const eventKey = (source: string, eventId: string): string => keyOf(`${source}\0${eventId}`)

/** The identity of what was signed, for providers whose signature does not cover the event ID: the bytes, or what counts in their place. */
export const signedKey = (source: string, signed: Buffer | string): string =>
  keyOf(`${source}\0${typeof signed === 'string' ? signed : signed.toString('hex')}`)

/** The identity of a lane: one handler's events of one entity. */
export const laneKey = (source: string, handler: string, { kind, id }: { kind: string; id: string }): string =>
  keyOf([source, handler, kind, id].join('\0'))

/** The ID given to an event that came without one, or whose ID cannot be stored. */
export const derivedEventId = (bodyHash: Buffer): string => `body:${bodyHash.toString('hex')}`

function keyOf(identity: string): string {
  const hex = hash('sha256', identity, 'hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`
}
