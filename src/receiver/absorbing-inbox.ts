import type { Accepted, Inbox, IncomingEvent } from '../storage/inbox.ts'
import { NotDurableError, isDataError } from '../storage/postgres-errors.ts'

/** Makes an event durable elsewhere, with its way to the inbox. Rejects when it cannot, or when nobody knows. */
export type Absorb = (event: IncomingEvent) => Promise<Accepted>

export interface AbsorbingOptions {
  inbox: Inbox
  /** IDs of the sources that opted in. */
  sources: ReadonlySet<string>
  absorb: Absorb
  onAbsorbed: (event: IncomingEvent, result: 'absorbed' | 'failed') => void
  /** How long Postgres may take before the event is absorbed. Milliseconds. */
  patienceMs?: number
  /** Events being absorbed at once. */
  maxInFlight?: number
}

/** Room for an answer within the five seconds that the strictest senders wait. */
const PATIENCE_MS = 2_000
const MAX_IN_FLIGHT = 100
/** Temporal refuses arguments of 2 MiB; the event goes through its history twice. */
export const MAX_ABSORBED_BYTES = 1024 * 1024

/**
 * An inbox that outlives an outage of Postgres for the sources that opted in. An event may take both ways, when Postgres was only
 * slow: its key makes that harmless.
 */
export function createAbsorbingInbox(options: AbsorbingOptions): Inbox {
  const { inbox, sources, absorb, onAbsorbed, patienceMs = PATIENCE_MS, maxInFlight = MAX_IN_FLIGHT } = options
  /** Requests that Postgres has kept waiting for too long. While there is one, no other need wait to learn as much. */
  let overdue = 0
  /** Events. */
  let inFlight = 0

  async function offer(events: readonly IncomingEvent[]): Promise<Accepted[]> {
    if (overdue > 0) throw new NotDurableError(new Error('Postgres does not answer'))
    const accepted = inbox.acceptAll(events)
    const slow = Symbol('slow')
    let timer: NodeJS.Timeout | undefined
    const first = await Promise.race([
      accepted,
      new Promise<typeof slow>((resolve) => (timer = setTimeout(() => resolve(slow), patienceMs))),
    ]).finally(() => clearTimeout(timer))
    if (first !== slow) return first
    overdue += 1
    accepted.catch(() => undefined).finally(() => (overdue -= 1))
    throw new NotDurableError(new Error('Postgres did not answer in time'))
  }

  /** One by one, for none depends on another: where one fails the sender sends all of them again, and the others are known by then. */
  function divertAll(events: readonly IncomingEvent[], cause: NotDurableError): Promise<Accepted[]> {
    if (inFlight + events.length > maxInFlight || events.some(isTooLarge)) throw cause
    return Promise.all(events.map((event) => divert(event, cause)))
  }

  async function divert(event: IncomingEvent, cause: NotDurableError): Promise<Accepted> {
    inFlight += 1
    try {
      const accepted = await absorb(event)
      onAbsorbed(event, 'absorbed')
      return { ...accepted, absorbed: true }
    } catch (error) {
      onAbsorbed(event, 'failed')
      const [first, second] = [cause.cause, error].map((reason) => (reason as Error).message)
      throw new NotDurableError(new Error(`${first}; and the way around: ${second}`))
    } finally {
      inFlight -= 1
    }
  }

  function acceptAll(events: readonly IncomingEvent[]): Promise<Accepted[]> {
    if (!events.every(({ source }) => sources.has(source))) return inbox.acceptAll(events)
    return offer(events).catch((error: unknown) => {
      if (isOutage(error)) return divertAll(events, error)
      throw error
    })
  }

  return {
    async accept(event) {
      const [accepted] = await acceptAll([event])
      return accepted as Accepted
    },
    acceptAll,
    get pending() {
      return inbox.pending
    },
    drain: () => inbox.drain(),
  }
}

const isTooLarge = ({ body }: IncomingEvent): boolean => body.length > MAX_ABSORBED_BYTES

/** What is wrong with the event itself will be wrong elsewhere, too. */
const isOutage = (error: unknown): error is NotDurableError =>
  error instanceof NotDurableError && !isDataError(error.cause)
