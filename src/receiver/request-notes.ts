import { ERRORS } from '../domain/errors.ts'
import type { SourceSecret } from '../providers/source.ts'
import type { Accepted, IncomingEvent } from '../storage/inbox.ts'
import type { Receipt } from '../storage/receipts.ts'
import { codeOf, errorFacts } from './error-facts.ts'
import type { Identified } from './identify.ts'
import type { HookState, RequestState, Verdict } from './request-state.ts'

/** Refusals that anybody can cause as often as they like. They are counted; a log that they fill helps nobody. */
const NOISE = new Set<string>(['not_found', 'rate_limited'])

export function noteRefusal(state: RequestState, error: unknown): void {
  const { line } = state
  const code = codeOf(error)
  line.verdict = 'refused'
  line.code = code
  if (code === 'overloaded') {
    state.level = 'warn'
  } else if (ERRORS[code].status >= 500) {
    state.level = 'error'
    line.err = errorFacts(error)
  } else if (line.receiptId !== undefined) {
    // A signature that does not hold is an attack or a wrong configuration.
    state.level = 'warn'
  } else if (NOISE.has(code)) state.level = 'debug'
}

export function noteReceipt({ line }: HookState, { id, contentLength }: Pick<Receipt, 'id' | 'contentLength'>): void {
  line.receiptId = id
  line.bytes = contentLength
}

/** Any secret but the current one is on its way in or out, and somebody waits to see the last of it. */
export function noteSecret(state: HookState, slot: SourceSecret['slot']): void {
  state.line.secretSlot = slot
  if (slot !== 'current') state.level = 'warn'
}

export function noteEvents(state: HookState, { events, keyedByBody, problem }: Identified): void {
  const { line } = state
  const [first] = events as [IncomingEvent]
  line.eventId = first.eventId
  line.eventType = first.type
  if (first.deliveryId !== undefined) line.deliveryId = first.deliveryId
  if (events.length > 1) line.events = events.length
  if (keyedByBody) {
    line.keyedByBody = true
    state.level = 'warn'
  }
  if (problem === undefined) return
  line.code = codeOf(problem)
  if (line.code !== 'internal_error') return
  state.level = 'error'
  line.err = errorFacts(problem)
}

export function noteAcceptance(
  state: HookState,
  events: readonly IncomingEvent[],
  accepted: readonly Accepted[],
): void {
  const { line } = state
  const verdicts = accepted.map(({ acceptance }, index) =>
    acceptance === 'new' ? verdictOfNew(events[index]) : acceptance,
  )
  line.verdict = MOST_TELLING.find((verdict) => verdicts.includes(verdict)) ?? 'new'
  const [first] = accepted
  if (first !== undefined) line.key = first.key
  if (accepted.some(({ absorbed }) => absorbed)) line.absorbed = true
  if (line.verdict === 'anomaly' || line.absorbed === true) state.level = 'warn'
}

/** A request has one verdict, however many events it carries. */
const MOST_TELLING = ['anomaly', 'parked', 'new', 'baseline', 'duplicate'] as const satisfies Verdict[]

function verdictOfNew(event: IncomingEvent | undefined): 'new' | 'parked' | 'baseline' {
  if (event?.hold === undefined) return 'new'
  return event.hold.state === 'parked' ? 'parked' : 'baseline'
}
