import { hash } from 'node:crypto'
import { EXPECTED, type Hook, isProviders } from '../simulator/delivery.ts'
import { isAcknowledged, type Ledger, type Sent } from '../simulator/ledger.ts'
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
  /** Forgeries that were refused for what they are, or let in; and those that were let in. */
  readonly forged: number
  /** Sources that have refused a forgery for being one. */
  readonly wary: ReadonlySet<string>
  readonly forgedAccepted: readonly string[]
  /** By `eventName`, how it was refused: a webhook that had to be taken, or a forgery for another reason than its own. */
  readonly refused: ReadonlyMap<string, string>
  /** Something happened at the provider of this hook. */
  happened(hook: Hook, change: Change): void
}

/** Refusals that say nothing of what was sent: it came too slowly, or too fast. */
const PASSING = [408, 429]
/** No fault from outside may cause this one: what cannot be made durable is answered 503. */
const OUR_BUG = 500

export const eventName = (source: string, eventId: string): string => `${source} ${eventId}`

export function createWitness(): Witness {
  const events = new Map<string, WitnessedEvent>()
  const forgedAccepted: string[] = []
  const refused = new Map<string, string>()
  const wary = new Set<string>()
  let forged = 0

  function recordForgery(name: string, { manner, ...sent }: Sent): void {
    const answer = answerTo(sent)
    if (answer === 'acknowledged') forgedAccepted.push(name)
    else if (answer === EXPECTED[manner]) wary.add(sent.source)
    else
      return void refused.set(name, `was refused as ${answer} when it came ${manner}, and not as ${EXPECTED[manner]}`)
    forged += 1
  }

  return {
    events,
    wary,
    forgedAccepted,
    refused,
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
      if (isPassing(sent)) return
      if (!isProviders(sent.manner)) return recordForgery(name, sent)
      if (!isAcknowledged(sent)) return void refused.set(name, `was refused as ${answerTo(sent)}, and is genuine`)
      const event = events.get(name)
      if (event === undefined) return
      event.acknowledged = true
      if (sent.duplicate === false) event.takenAsNew += 1
    },
  }
}

/** No answer, or one that a fault may cause, whatever was sent. */
const isPassing = ({ status }: Sent): boolean =>
  status === undefined || (status >= 500 && status !== OUR_BUG) || PASSING.includes(status)

const answerTo = ({ status, code }: Pick<Sent, 'status' | 'code'>): string =>
  isAcknowledged({ status }) ? 'acknowledged' : (code ?? `status ${status}`)
