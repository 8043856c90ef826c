import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { CommandError, EXIT_CODES, type ExitCode } from '../cli/exit-codes.ts'
import { proofLines } from '../cli/prove.ts'
import { createPaint } from '../cli/terminal/paint.ts'
import { createSteps } from '../cli/terminal/steps.ts'
import { type Proof, isProven, toJson } from '../prove/proof.ts'
import { createLogger } from '../telemetry/logger.ts'
import { createTeardown } from './process/teardown.ts'
import { INTERRUPTED, untilInterrupted } from './process/until-interrupted.ts'
import { makeProveDirectory, setProveStage } from './prove/prove-stage.ts'
import { runProof } from './prove/run-proof.ts'
import type { Environment } from './settings.ts'
import { readEnvFile } from './settings/environment.ts'

export interface ProveOptions {
  /** How many things happen at the providers. Default 2,000, or as many as the minutes allow. */
  events?: number
  /** Nothing happens any more after so long. */
  minutes?: number
  /** The same seed makes the same things happen, and plans the same faults. */
  seed: string
  json: boolean
  /** A file that names the servers to use, which are then not killed. */
  against?: string
}

const DEFAULT_EVENTS = 2_000

/**
 * `posthorn prove`: signed webhooks through separate processes, each killed again and again, and then the account of every single
 * event. Progress goes to stderr, the outcome to stdout.
 */
export async function prove(options: ProveOptions, given: Environment): Promise<ExitCode> {
  const { seed, minutes = Infinity } = options
  const events = options.events ?? (options.minutes === undefined ? DEFAULT_EVENTS : Infinity)
  const cluster = options.against === undefined ? undefined : readCluster(options.against)
  const { stdout, stderr } = process
  const paint = createPaint(stdout.isTTY && stderr.isTTY && !process.env['NO_COLOR'])
  const write = (text: string) => stderr.write(text)
  const steps = createSteps({ write, isTerminal: stderr.isTTY, columns: stderr.columns || 80, paint })
  const teardown = createTeardown(createLogger({ level: 'error', name: 'prove' }))
  let proof: Proof | undefined

  async function run(): Promise<void> {
    write(`\n  ${paint('bold', 'Posthorn put to the proof')}  ${paint('dim', `seed ${seed}`)}\n\n`)
    const directory = await makeProveDirectory()
    // The first step of all, and so the last one taken: until then processes write there, and a link leads to the data of Postgres.
    teardown.add('logs', () => removeIf(directory, proof !== undefined && isProven(proof)))
    const stage = await setProveStage({ seed, directory, given, cluster, steps, teardown })
    proof = await runProof(stage, { events, minutes, steps })
  }

  try {
    await Promise.race([run(), untilInterrupted()])
  } finally {
    steps.abandon()
    await teardown.run()
  }
  // What was under way when the signal came, such as a download, would keep the process.
  if (proof === undefined) process.exit(INTERRUPTED)
  const lines = options.json ? [JSON.stringify(toJson(proof))] : proofLines(proof, { again: again(options), paint })
  stdout.write(lines.map((line) => `${line}\n`).join(''))
  if (options.json && !isProven(proof)) stderr.write(`  Again: ${again(options)}\n`)
  return isProven(proof) ? EXIT_CODES.ok : EXIT_CODES.failed
}

/** What went wrong is read in the logs. */
async function removeIf(directory: string, isWell: boolean): Promise<void> {
  if (isWell) await rm(directory, { recursive: true })
}

function readCluster(file: string): Environment {
  if (existsSync(file)) return readEnvFile(file)
  throw new CommandError('usage', `${file} does not exist: --against takes a file of variables, such as .env.`)
}

/** Everything that was chosen, so that the same happens again. */
function again({ events, minutes, seed, against }: ProveOptions): string {
  const flags = { events, minutes, seed, against }
  const chosen = Object.entries(flags).filter(([, value]) => value !== undefined)
  return ['npx posthorn prove', ...chosen.map(([name, value]) => `--${name} ${value}`)].join(' ')
}
