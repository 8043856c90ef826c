import { addressLines, reportLines } from '../cli/demo/demo-report.ts'
import { type DemoResult, figuresOf, findings } from '../cli/demo/demo-result.ts'
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.ts'
import { createPaint } from '../cli/terminal/paint.ts'
import { createSteps } from '../cli/terminal/steps.ts'
import { createLogger } from '../telemetry/logger.ts'
import { setDemoStage } from './demo/demo-stage.ts'
import { playDemo } from './demo/play-demo.ts'
import { createTeardown } from './process/teardown.ts'
import { INTERRUPTED, untilInterrupted } from './process/until-interrupted.ts'

export interface DemoOptions {
  /** Print the figures as JSON and end, in place of staying up. */
  once: boolean
  /** How many things happen at the providers. */
  events: number
  /** The same seed makes the same things happen. */
  seed: string
  /** Let something happen that no webhook tells of: the check at the end must notice. */
  sabotage: boolean
}

/**
 * `posthorn demo`: everything at work before the eyes of a newcomer, with stand-ins for the providers. Progress goes to stderr, the
 * outcome to stdout.
 */
export async function demo(options: DemoOptions): Promise<ExitCode> {
  const { stdout, stderr } = process
  const hasColor = stdout.isTTY && stderr.isTTY && !process.env['NO_COLOR']
  const paint = createPaint(hasColor)
  const write = (text: string) => stderr.write(text)
  const steps = createSteps({ write, isTerminal: stderr.isTTY, columns: stderr.columns || 80, paint })
  const teardown = createTeardown(createLogger({ level: 'error', name: 'demo' }))
  let result: DemoResult | undefined

  async function show(): Promise<void> {
    write(`\n  ${paint('bold', 'Posthorn')}  ${paint('dim', `${options.events} events, seed ${options.seed}`)}\n\n`)
    const stage = await setDemoStage({ seed: options.seed, given: process.env, steps, teardown })
    result = await Promise.race([playDemo(stage, { ...options, steps }), stage.broken])
    stdout.write(lines(reportLines(result, paint)))
    if (options.once) return
    stdout.write(lines(addressLines(stage.addresses, paint)))
    await stage.broken
  }

  try {
    await Promise.race([show(), untilInterrupted()])
  } finally {
    steps.abandon()
    if (!options.once) write('\n  Stopping…\n')
    await teardown.run()
  }
  // What was under way when the signal came, such as a download, would keep the process.
  if (result === undefined) process.exit(INTERRUPTED)
  if (options.once) stdout.write(`${JSON.stringify(figuresOf(result))}\n`)
  return findings(result).length === 0 ? EXIT_CODES.ok : EXIT_CODES.failed
}

const lines = (texts: readonly string[]): string => texts.map((text) => `${text}\n`).join('')
