import { Command, CommanderError } from 'commander'
import { EXIT_CODES, type ExitCode } from '../cli/exit-codes.ts'
import { createOutput } from '../cli/output.ts'
import { addApprovalCommands } from './program/approval-commands.ts'
import { addEffectCommands } from './program/effect-commands.ts'
import { addDeadLetterCommands } from './program/dead-letter-commands.ts'
import { addEventCommands } from './program/event-commands.ts'
import { addProcessCommands } from './program/process-commands.ts'
import { addQuarantineCommands } from './program/quarantine-commands.ts'
import { addReconcileCommands } from './program/reconcile-commands.ts'
import { addReplayCommands } from './program/replay-commands.ts'
import { addRetentionCommands } from './program/retention-commands.ts'
import type { Run } from './program/run.ts'
import { addRouteCommands } from './program/route-commands.ts'
import { addSetUpCommands } from './program/set-up-commands.ts'
import { addSimulatorCommands } from './program/simulator-commands.ts'
import { addViewCommands } from './program/view-commands.ts'
import { reportError } from './report-error.ts'
import type { Environment } from './settings.ts'

export interface ProgramOptions {
  environment: Environment
  /** The environment without the servers of a running `posthorn dev`: for the commands that start their own. */
  given: Environment
  out: (text: string) => void
  err: (text: string) => void
}

/**
 * Runs `posthorn <args>` and answers with its exit code. Every command imports its own code when it runs, so that `--help` is
 * quick and the receiver holds no workflow code.
 */
export async function runProgram(args: readonly string[], options: ProgramOptions): Promise<ExitCode> {
  const { environment, given, out, err } = options
  let exitCode: ExitCode = EXIT_CODES.ok
  const run: Run = async (action, { json = false } = {}) => {
    const output = createOutput({ json, write: out })
    exitCode = (await action({ environment, output })) ?? EXIT_CODES.ok
  }
  const program = new Command('posthorn')
    .description('Durable, workflow-based processing of webhooks.')
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err })
    .showHelpAfterError('(posthorn --help lists the commands)')
  addProcessCommands(program, run, given)
  for (const add of [
    addSetUpCommands,
    addRouteCommands,
    addViewCommands,
    addEventCommands,
    addEffectCommands,
    addApprovalCommands,
    addQuarantineCommands,
    addDeadLetterCommands,
    addReplayCommands,
    addReconcileCommands,
    addRetentionCommands,
    addSimulatorCommands,
  ])
    add(program, run)
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    // Commander has said already what was wrong, or printed the help that was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage
    const report = reportError(error, environment['POSTHORN_LOG_LEVEL'] === 'debug')
    err(report.text)
    return report.exitCode
  }
}
