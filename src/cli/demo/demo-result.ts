import type { LedgerSummary } from '../../simulator/ledger.ts'
import type { Overview } from '../../storage/overview.ts'

/** What a demonstration came to, seen by the senders, by our database, and by whoever knows the truth. */
export interface DemoResult {
  senders: LedgerSummary
  /** Events whose webhooks were lost on purpose, and those that no list brought back. */
  losses: { lost: number; unrecovered: number }
  overview: Overview
  /** Calls to the providers' APIs, and those that were made to fail. */
  reads: { total: number; failed: number }
  mirror: { entities: number; gone: number; differences: string[] }
}

/** The figures that a script reads. `accepted + recovered = processed + dead`. */
export interface DemoFigures {
  /** New events answered 2xx. */
  accepted: number
  duplicates: number
  rejected: number
  /** Closed well: processed, ignored or unrouted. */
  processed: number
  dead: number
  /** Events in the inbox that no answered webhook brought. */
  recovered: number
}

export function figuresOf({ senders, overview: { events } }: DemoResult): DemoFigures {
  const stored = Object.values(events).reduce((sum, count) => sum + count, 0)
  return {
    accepted: senders.accepted,
    duplicates: senders.duplicates,
    rejected: [...senders.rejected.values()].reduce((sum, count) => sum + count, 0),
    processed: events.processed + events.ignored + events.unrouted,
    dead: events.dead,
    recovered: stored - senders.accepted,
  }
}

/** A sentence for everything that does not add up; none when all is well. */
export function findings(result: DemoResult): string[] {
  const { senders, losses, overview, mirror } = result
  const { accepted, recovered, processed, dead } = figuresOf(result)
  const { events, unfinished } = overview
  const sentences: [boolean, string][] = [
    [accepted === 0, 'No event was accepted.'],
    [recovered < 0, `${-recovered} accepted events are not in the inbox: they are lost.`],
    [losses.unrecovered > 0, `${losses.unrecovered} events are still lost that a provider lists.`],
    [unfinished > 0, `${unfinished} runs are not closed.`],
    [events.parked > 0, `${events.parked} events are parked: they do not fit their schema.`],
    [
      dead > 0,
      several(
        `${dead} events are dead letters`,
        [...overview.deadLetters].map(([code, count]) => `${code} ${count}`),
      ),
    ],
    [
      accepted + recovered !== processed + dead,
      `${accepted + recovered} events were stored, ${processed + dead} closed.`,
    ],
    [mirror.differences.length > 0, several('The mirror is not the truth', mirror.differences)],
    [senders.surprises.length > 0, several('A sender was answered wrongly', senders.surprises)],
  ]
  return sentences.filter(([isWrong]) => isWrong).map(([, sentence]) => sentence)
}

const SHOWN = 3

function several(what: string, cases: readonly string[]): string {
  const more = cases.length > SHOWN ? `; and ${cases.length - SHOWN} more` : ''
  return `${what}: ${cases.slice(0, SHOWN).join('; ')}${more}.`
}
