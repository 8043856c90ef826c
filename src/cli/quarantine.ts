import type { QuarantinedRequest } from '../storage/quarantine.ts'
import { type Output, table } from './output.ts'

/** The requests in quarantine, the newest first. */
export function showQuarantine(requests: readonly QuarantinedRequest[], output: Output): void {
  output.show(requests, (listed) =>
    table(['RECEIVED', 'SOURCE', 'ID', 'REFUSED FOR', 'FROM', 'BYTES'], listed.map(toRow), 'Nothing is in quarantine.'),
  )
}

const toRow = (request: QuarantinedRequest): string[] => [
  request.receivedAt.toISOString(),
  request.source,
  request.id,
  request.code,
  request.remoteIp ?? '-',
  String(request.bytes),
]

export interface OpenedRequest extends QuarantinedRequest {
  method: string
  url: string
  /** Names only: a value may be a signature or a credential. */
  headers: string[]
  /** As text. */
  body: string
}

export function showOpened(opened: OpenedRequest, output: Output): void {
  output.show(opened, ({ body, headers, ...request }) => [
    `${request.method} ${request.url}`,
    `received ${request.receivedAt.toISOString()} from ${request.remoteIp ?? 'unknown'}, refused for ${request.code}`,
    `headers: ${headers.join(', ')}`,
    '',
    body,
  ])
}

export interface ReverifyReport {
  requests: number
  /** Requests whose signature holds now. They are out of quarantine. */
  verified: number
  /** Events of theirs, by what the inbox said. */
  events: { new: number; duplicate: number; anomaly: number }
  /** Requests that stay, by why. */
  refused: Record<string, number>
}

export function showReverified(report: ReverifyReport, output: Output): void {
  output.show(report, ({ requests, verified, events, refused }) => [
    `${verified} of ${requests} requests verify now: ${events.new} new events, ${events.duplicate} known ones, ${events.anomaly} anomalies.`,
    ...Object.entries(refused).map(([code, count]) => `${count} stay in quarantine: ${code}.`),
  ])
}

export function showDropped(dropped: number, output: Output): void {
  output.show({ dropped }, () => [`Requests dropped: ${dropped}.`])
}
