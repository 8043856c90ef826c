import type { EventRecord, RecordedAttempt } from '../../storage/event-record.ts'
import { type Output, table } from '../output.ts'

export interface ShownEvent extends Omit<EventRecord, 'attempts'> {
  attempts: (RecordedAttempt & { temporalUrl: string })[]
  /** Only when it was asked for; null when it has been erased. */
  payload?: ShownPayload | null
}

export interface ShownPayload {
  headers: Record<string, string>
  /** The bytes as text where they are UTF-8 … */
  text?: string
  /** … and else in Base64. */
  base64?: string
}

/** Headers by which one could pass for the sender. */
const CREDENTIAL = /signature|authorization|cookie|token|secret|api-?key/i

/** The headers of a webhook, fit to be shown. */
export const redactHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, CREDENTIAL.test(name) ? '[redacted]' : value]),
  )

/** Prints all that is known of one event. */
export function showEvent(shown: ShownEvent, output: Output): void {
  output.show(shown, (event) => [
    ...eventLines(event),
    ...section('RECEIPTS', receiptLines(event)),
    ...section('ATTEMPTS', event.attempts.flatMap(attemptLines)),
    ...section('ACTIONS', actionLines(event)),
    ...(event.payload === undefined ? [] : section('PAYLOAD', payloadLines(event.payload))),
  ])
}

function eventLines({ event, deadLetters, parked }: ShownEvent): string[] {
  const facts: [name: string, value: string | undefined][] = [
    ['type', `${event.provider}/${event.type}`],
    ['entity', event.entity ?? undefined],
    ['occurred', event.occurredAt?.toISOString()],
    ['received', event.receivedAt.toISOString()],
    [
      'state',
      `${event.state}${event.reason === null ? '' : ` (${event.reason})`} since ${event.stateAt.toISOString()}`,
    ],
    ...deadLetters.map(({ handler, attempt, deadLetteredAt, replays }): [string, string] => [
      'dead',
      `${handler} #${attempt} since ${deadLetteredAt.toISOString()}, replays: ${replays}`,
    ]),
    ['parked', parked === null ? undefined : `${parked.handler ?? 'before it was routed'}: ${parked.detail}`],
  ]
  const known = facts.filter(([, value]) => value !== undefined)
  return [`${event.source} ${event.eventId}`, ...known.map(([name, value]) => `  ${name.padEnd(10)}${value}`)]
}

const section = (heading: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : ['', heading, ...lines.map((line) => `  ${line}`)]

const receiptLines = ({ receipts }: ShownEvent): string[] =>
  table(
    ['AT', 'VERDICT', 'CODE', 'DELIVERY', 'FROM'],
    receipts.map(({ at, verdict, code, deliveryId, remoteIp }) => [
      at.toISOString(),
      verdict,
      code ?? '-',
      deliveryId ?? '-',
      remoteIp ?? '-',
    ]),
    'None.',
  )

function attemptLines(run: ShownEvent['attempts'][number]): string[] {
  const at = (run.closedAt ?? run.stuckSince)?.toISOString() ?? 'now'
  const state = run.stuckSince !== null ? 'stuck' : run.discardedAt !== null ? 'dead, discarded' : run.state
  const why = run.code === null ? run.reason : `${run.code}: ${run.message ?? ''} [${run.fingerprint ?? ''}]`
  return [
    [at, `${run.handler} #${run.attempt}`, state, ...(why === null ? [] : [why])].join('  '),
    ...run.failures.map(
      (failed) =>
        `  ${failed.at.toISOString()}  ${failed.activity}, try ${failed.try}  ${failed.code}: ${failed.message}`,
    ),
    `  ${run.temporalUrl}`,
  ]
}

const actionLines = ({ actions }: ShownEvent): string[] =>
  table(
    ['AT', 'WHO', 'WHAT', 'WHY'],
    actions.map(({ at, actor, action, reason }) => [at.toISOString(), actor, action, reason ?? '-']),
    'None.',
  )

function payloadLines(payload: ShownPayload | null): string[] {
  if (payload === null) return ['The bytes have been erased.']
  const headers = Object.entries(payload.headers).map(([name, value]) => `${name}: ${value}`)
  return [...headers, '', ...(payload.text ?? `${payload.base64 ?? ''} (Base64)`).split('\n')]
}
