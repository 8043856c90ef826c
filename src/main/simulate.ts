import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.ts'
import { addressLines, type SimulationReport, showSimulation } from '../cli/simulate.ts'
import { createFaults } from '../simulator/faults.ts'
import { createRandom } from '../simulator/random.ts'
import { patienceOf, retrySchedule } from '../simulator/retry-schedule.ts'
import { type Simulator, startSimulator } from '../simulator/simulator.ts'
import { summarise } from '../simulator/ledger.ts'
import type { CommandContext } from './commands/context.ts'
import { explainListen } from './process/explain-listen.ts'
import { untilInterrupted } from './process/until-interrupted.ts'
import { readSettings } from './settings.ts'
import { type SimulatedSources, loadSimulated } from './simulate/simulated-sources.ts'

export interface SimulateOptions {
  /** Where the receiver is, if not at its public URL. */
  to?: string
  events?: number
  minutes?: number
  perSecond: number
  seed: string
  /** How many seconds of the providers' schedules pass within one. */
  timeScale: number
  port: number
  lose: boolean
  duplicate: boolean
  reorder: boolean
  burst: boolean
  slow: boolean
  flaky: boolean
  rateLimit: boolean
  /** End after the last event, in place of going on to answer. */
  once: boolean
}

const LOSE_EVERY = 10
const VOLLEY = 20
const CALLS_PER_SECOND = 10

/** `posthorn simulate`: takes the place of providers, with their APIs and their senders, until Ctrl-C. */
export async function runSimulate(
  { environment, output }: CommandContext,
  names: readonly string[],
  options: SimulateOptions,
): Promise<ExitCode> {
  const settings = readSettings(environment)
  const simulated = await loadSimulated(names, { settings, environment, seed: options.seed, to: options.to })
  const simulator = await start(simulated, options)
  const interrupted = untilInterrupted()
  const { url } = simulator.api
  const lines = addressLines({
    url,
    variables: simulated.variablesAt(simulator.api),
    environment,
    astray: simulated.astray,
    mute: simulated.mute,
  })
  process.stderr.write(lines.map((line) => `${line}\n`).join(''))
  try {
    await Promise.race([drive(simulator, simulated, options), interrupted])
    const report = reportOn(simulator)
    showSimulation(report, output)
    if (!options.once) await interrupted
    return report.surprises.length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed
  } finally {
    await simulator.stop()
  }
}

function start({ worlds, tokenOf }: SimulatedSources, options: SimulateOptions): Promise<Simulator> {
  const { seed, timeScale, port, slow, flaky, lose, rateLimit } = options
  const random = createRandom(`${seed}/faults`)
  return startSimulator({
    seed,
    worlds,
    token: tokenOf,
    port,
    fault: createFaults({ slow, flaky, random, ...(rateLimit && { callsPerSecond: CALLS_PER_SECOND }) }),
    retryGapsMs: retrySchedule(timeScale),
    patienceMs: patienceOf,
    ...(lose && { loseEvery: LOSE_EVERY }),
  }).catch(async (error: unknown) => {
    throw await explainListen(error, { purpose: 'APIs of the simulator', setting: '--port', host: '127.0.0.1', port })
  })
}

function drive(simulator: Simulator, { hooks }: SimulatedSources, options: SimulateOptions): Promise<void> {
  const { events = Infinity, minutes = Infinity, perSecond, duplicate, reorder, burst } = options
  const endsAt = Date.now() + minutes * 60_000
  return simulator.drive({
    hooks,
    events,
    perSecond,
    volley: burst ? VOLLEY : 1,
    mishaps: { late: reorder, repeated: duplicate, hostile: false },
    isOver: () => Date.now() > endsAt,
  })
}

function reportOn({ ledger, lost, api }: Simulator): SimulationReport {
  const { accepted, duplicates, rejected, bySource, ackMs, surprises } = summarise(ledger.sent)
  return {
    requests: ledger.sent.length,
    accepted,
    duplicates,
    retries: ledger.sent.filter(({ willRetry }) => willRetry).length,
    lost: lost.length,
    rejected: Object.fromEntries(rejected),
    bySource: Object.fromEntries(bySource),
    ...(ackMs !== undefined && { ackMs }),
    apiCalls: api.answered.length,
    apiFailures: api.answered.filter(({ status }) => status >= 400 && status !== 404).length,
    surprises: surprises.slice(0, 20),
  }
}
