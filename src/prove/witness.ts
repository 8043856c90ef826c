import { hash } from 'node:crypto'
import { type Hook, isProviders } from '../simulator/delivery.ts'
import { isAcknowledged, type Ledger } from '../simulator/ledger.ts'
import type { Change } from '../simulator/world.ts'

/** What the outside world knows of one event. */
export interface WitnessedEvent {
  /** SHA-256 of the bytes that its provider signed, in hexadecimal. */
  bodyHash: string
  /** Its provider lists it under its ID: it can be recovered itself, and not only what it was about. */
  isListed: boolean
  /** A webhook of it was answered 2xx. */
  acknowledged: boolean
  /** How often it was answered as new: once, or it was taken for two events. */
  takenAsNew: number
}

/** What the senders of all providers saw: little for each event, so that a long run fits in memory. */
export interface Witness extends Pick<Ledger, 'record'> {
  /** By `eventName`. */
  readonly events: ReadonlyMap<string, WitnessedEvent>
  /** Refusable requests that were answered, and those of them that were answered 2xx. */
  readonly forged: number
  readonly forgedAccepted: readonly string[]
  /** Something happened at the provider of this hook. */
  happened(hook: Hook, change: Change): void
}

export const eventName = (source: string, eventId: string): string => `${source} ${eventId}`

export function createWitness(): Witness {
  const events = new Map<string, WitnessedEvent>()
  const forgedAccepted: string[] = []
  let forged = 0
  return {
    events,
    forgedAccepted,
    get forged() {
      return forged
    },
    happened({ source, world }, { eventId, body }) {
      const name = eventName(source, eventId)
      if (events.has(name)) return
      const bodyHash = hash('sha256', body, 'hex')
      // Where nothing is listed at all, its sender has to bring it.
      const isListed = world.provider.listKey !== 'entity'
      events.set(name, { bodyHash, isListed, acknowledged: false, takenAsNew: 0 })
    },
    record(sent) {
      const name = eventName(sent.source, sent.eventId)
      if (!isProviders(sent.manner)) {
        if (sent.status !== undefined) forged += 1
        if (isAcknowledged(sent)) forgedAccepted.push(name)
        return
      }
      const event = events.get(name)
      if (event === undefined || !isAcknowledged(sent)) return
      event.acknowledged = true
      if (sent.duplicate === false) event.takenAsNew += 1
    },
  }
}
