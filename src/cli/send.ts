import type { Output } from './output.ts'

export interface SentRequest {
  /** As the provider's own code reads it from the request; undefined where it has none. */
  eventId: string | undefined
  /** Undefined when no answer came. */
  status: number | undefined
  ms: number
  /** What was answered. */
  body: string
}

export interface SendReport {
  source: string
  provider: string
  type: string
  url: string
  /** What was made wrong with the requests, on purpose. */
  tamper?: string
  /** Whether each was answered as it should be: 2xx, or what was tampered with 4xx. */
  ok: boolean
  requests: SentRequest[]
}

const SHOWN = 500

/** Prints what was sent and how it was answered. */
export function showSent(report: SendReport, output: Output): void {
  output.show(report, ({ source, type, url, tamper, ok, requests }) => [
    `${type} to ${source} at ${url}${tamper === undefined ? '' : `, ${tamper} tampered with`}`,
    ...requests.flatMap(({ status, ms, eventId, body }) => [
      `  ${status ?? 'no answer'}  ${ms.toFixed(1)} ms  ${eventId ?? 'no ID'}`,
      ...(body === '' ? [] : [`    ${body.slice(0, SHOWN).trimEnd()}`]),
    ]),
    ...(ok
      ? []
      : [tamper === undefined ? 'Not every one was accepted.' : 'Not every one was refused, as it should have been.']),
  ])
}
