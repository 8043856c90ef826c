import { EXPECTED, type Manner } from './delivery.ts'

/** One answered, or unanswered, try of a delivery. */
export interface Sent {
  source: string
  eventId: string
  manner: Manner
  /** Undefined when no answer came. */
  status: number | undefined
  /** The code in a refusal's body. */
  code?: string
  /** Whether the answer said that the event was known; undefined where the provider's own form of answer leaves no room for it. */
  duplicate: boolean | undefined
  ms: number
  /** The provider will send it again. */
  willRetry: boolean
}

/** What the senders of all providers remember together. */
export interface Ledger {
  readonly sent: readonly Sent[]
  record(sent: Sent): void
}

export function createLedger(): Ledger {
  const sent: Sent[] = []
  return { sent, record: (entry) => void sent.push(entry) }
}

export const isAcknowledged = ({ status }: Pick<Sent, 'status'>): boolean =>
  status !== undefined && status >= 200 && status < 300

export interface LedgerSummary {
  /** Events that were answered 2xx at least once. */
  accepted: number
  /** Answers 2xx beyond the first of each event. */
  duplicates: number
  /** Final refusals by code. */
  rejected: Map<string, number>
  /** Accepted events by source. */
  bySource: Map<string, number>
  /** Times of all 2xx answers, in ms; undefined when there was none. */
  ackMs: { p50: number; p99: number } | undefined
  /** Answers other than those that had to come, as sentences. */
  surprises: string[]
}

export function summarise(sent: readonly Sent[]): LedgerSummary {
  const acknowledged = sent.filter(isAcknowledged)
  const events = new Map(acknowledged.map((entry) => [nameOf(entry), entry.source]))
  const final = sent.filter((entry) => !entry.willRetry)
  return {
    accepted: events.size,
    duplicates: acknowledged.length - events.size,
    rejected: countBy(final.filter((entry) => !isAcknowledged(entry)).map(reasonOf)),
    bySource: countBy(events.values()),
    ackMs: percentiles(acknowledged.map(({ ms }) => ms)),
    surprises: [...final.flatMap((entry) => surprise(entry) ?? []), ...takenTwice(acknowledged)],
  }
}

function takenTwice(acknowledged: readonly Sent[]): string[] {
  const times = countBy(acknowledged.filter(({ duplicate }) => duplicate === false).map(nameOf))
  return [...times].filter(([, count]) => count > 1).map(([event, count]) => `${event} was taken as new ${count} times`)
}

function surprise(entry: Sent): string | undefined {
  const expected = EXPECTED[entry.manner]
  const actual = isAcknowledged(entry) ? 'acknowledged' : reasonOf(entry)
  if (actual === expected) return undefined
  return `${nameOf(entry)}, ${entry.manner}: ${actual} in place of ${expected}`
}

const nameOf = ({ source, eventId }: Sent): string => `${source} ${eventId}`

const reasonOf = ({ code, status }: Sent): string => code ?? (status === undefined ? 'no_answer' : `status_${status}`)

function countBy(keys: Iterable<string>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}

function percentiles(values: readonly number[]): { p50: number; p99: number } | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1]
  const [p50, p99] = [at(0.5), at(0.99)]
  return p50 === undefined || p99 === undefined ? undefined : { p50, p99 }
}
