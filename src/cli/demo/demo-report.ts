import type { Paint } from '../terminal/paint.ts'
import { type DemoResult, figuresOf, findings } from './demo-result.ts'

type Row = readonly [name: string, value: string, detail?: string]

/** What happened, for people: what the senders saw, what became of it, and whether it is right. */
export function reportLines(result: DemoResult, paint: Paint): string[] {
  const { senders, losses, overview, reads } = result
  const { recovered } = figuresOf(result)
  const { events, closedMs } = overview
  const wrong = findings(result)
  return [
    '',
    ...section('What the senders saw', paint, [
      ['accepted', count(senders.accepted), listed(senders.bySource)],
      ['duplicates', count(senders.duplicates), 'known by their ID, not run again'],
      ['lost', count(losses.lost), 'their webhooks never arrived, on purpose'],
      ['refused', count([...senders.rejected.values()].reduce((sum, n) => sum + n, 0)), listed(senders.rejected)],
      ['answered in', ...times(senders.ackMs)],
    ]),
    ...section('What became of the events', paint, [
      ['recovered', count(recovered), 'found by comparing with the providers’ lists'],
      ['processed', count(events.processed)],
      ['ignored', count(events.ignored), 'nothing was left to do'],
      ['unrouted', count(events.unrouted), 'no workflow wants them; kept'],
      ['dead', count(events.dead)],
      ['closed in', ...times(closedMs)],
      ['API reads', count(reads.total), `${reads.failed} of them made to fail, and repeated`],
    ]),
    ...(wrong.length === 0 ? praise(result, paint) : wrong.map((sentence) => `  ${paint('red', '✗')} ${sentence}`)),
    '',
  ]
}

function praise({ senders, losses, mirror }: DemoResult, paint: Paint): string[] {
  const entities = `${mirror.entities} entities, ${mirror.gone} of them gone by now`
  return [
    `Every one of ${senders.accepted} accepted events was closed, and nothing else got in.`,
    `What ${losses.lost} lost webhooks would have told was found in the providers’ lists.`,
    `The mirror in Postgres equals what the providers hold: ${entities}.`,
  ].map((sentence) => `  ${paint('green', '✓')} ${sentence}`)
}

function section(title: string, paint: Paint, rows: readonly Row[]): string[] {
  const lines = rows.map(([name, value, detail]) => {
    const figure = `    ${name.padEnd(12)}${value.padStart(12)}`
    return detail === undefined ? figure : `${figure}   ${paint('dim', detail)}`
  })
  return [`  ${paint('bold', title)}`, ...lines, '']
}

const count = (value: number): string => String(value)

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${value}`)
    .join(' · ')

const times = (ms: { p50: number; p99: number } | undefined): [value: string, detail?: string] =>
  ms === undefined ? ['–'] : [duration(ms.p50), `half of them; 99 of 100 in ${duration(ms.p99)}`]

function duration(ms: number): string {
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`
}

export interface DemoAddresses {
  receiver: string
  /** Undefined for a cluster that was given: only its operator knows. */
  temporalUi: string | undefined
  simulator: string
  /** The folder with the logs of receiver and worker. */
  logs: string
}

/** Where to look around while everything stays up. */
export function addressLines({ receiver, temporalUi, simulator, logs }: DemoAddresses, paint: Paint): string[] {
  const rows: [string, string | undefined][] = [
    ['Temporal UI', temporalUi],
    ['Receiver', `${receiver}/webhooks/health`],
    ['Providers', simulator],
    ['Logs', logs],
  ]
  return [
    `  ${paint('bold', 'Everything stays up. Look around:')}`,
    ...rows.flatMap(([name, url]) => (url === undefined ? [] : [`    ${name.padEnd(12)}${paint('cyan', url)}`])),
    '',
    `  ${paint('dim', 'Ctrl-C ends it.')}`,
  ]
}
