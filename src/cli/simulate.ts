import type { Output } from './output.ts'

/** What the senders of a simulation saw. */
export interface SimulationReport {
  requests: number
  /** Events that were answered 2xx at least once. */
  accepted: number
  duplicates: number
  /** Attempts after which another one followed. */
  retries: number
  /** Events of which no webhook was sent, on purpose. */
  lost: number
  /** Final refusals, by code. */
  rejected: Record<string, number>
  /** Accepted events. */
  bySource: Record<string, number>
  ackMs?: { p50: number; p99: number }
  apiCalls: number
  apiFailures: number
  /** Answers other than those that had to come, as sentences. */
  surprises: string[]
}

export interface Addresses {
  /** Of the APIs. */
  url: string
  /** What sources have to be configured with, so that they read from there. */
  variables: Readonly<Record<string, string>>
  environment: Readonly<Record<string, string | undefined>>
  /** Sources that read from elsewhere, whatever is set. */
  astray: readonly string[]
  /** Sources whose webhooks nobody here can sign, and why. */
  mute: readonly { source: string; reason: string }[]
}

/** Where the APIs are, and what is not yet set as they need it. */
export function addressLines({ url, variables, environment, astray, mute }: Addresses): string[] {
  const lacking = Object.entries(variables).filter(([name, value]) => environment[name] !== value)
  return [
    `The providers’ APIs are at ${url}.`,
    ...(lacking.length === 0
      ? []
      : ['Set these for the worker, and start it again:', ...lacking.map(([name, value]) => `  ${name}=${value}`)]),
    ...astray.map((id) => `Source ${id} reads from its provider itself: write baseUrl: env('NAME') into its api.`),
    ...mute.map(({ source, reason }) => `Source ${source} gets no webhooks, its API only: ${reason}.`),
    'Ctrl-C ends it.',
  ]
}

/** Prints what was sent and how it was answered. */
export function showSimulation(report: SimulationReport, output: Output): void {
  output.show(
    report,
    ({
      requests,
      accepted,
      duplicates,
      retries,
      lost,
      rejected,
      bySource,
      ackMs,
      apiCalls,
      apiFailures,
      surprises,
    }) => [
      `${requests} requests: ${accepted} events accepted, ${duplicates} known already, ${retries} tried again, ${lost} lost on purpose`,
      ...Object.entries(bySource).map(([source, count]) => `  ${source}  ${count}`),
      ...(ackMs === undefined
        ? []
        : [`answered in ${ackMs.p50.toFixed(1)} ms, 99 of 100 in ${ackMs.p99.toFixed(1)} ms`]),
      `${apiCalls} calls to the APIs, ${apiFailures} of them refused`,
      ...Object.entries(rejected).map(([code, count]) => `refused with ${code}: ${count}`),
      ...surprises.map((sentence) => `✗ ${sentence}`),
    ],
  )
}
